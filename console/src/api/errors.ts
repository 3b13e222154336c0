/** What the server answers when it refuses, and what the browser says when there is no answer. */

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 if there was no answer. */
  readonly status: number
  /** Stable code of the error (docs/errors.md), if the server named one. */
  readonly code: string | undefined
  /** Messages by the name of the field. */
  readonly fields: Readonly<Record<string, string>>
  /** For the server's log. */
  readonly requestId: string | undefined
  /** Seconds to wait, if the server named them. */
  readonly retryAfter: number | undefined
  /** Where a browser begins to sign in by the identity provider that is required. */
  readonly start: string | undefined

  constructor(
    status: number,
    message: string,
    more: Partial<Pick<ApiError, 'code' | 'fields' | 'requestId' | 'retryAfter' | 'start'>> = {},
  ) {
    super(message)
    this.status = status
    this.code = more.code
    this.fields = more.fields ?? {}
    this.requestId = more.requestId
    this.retryAfter = more.retryAfter
    this.start = more.start
  }

  static async of(response: Response): Promise<ApiError> {
    const { headers, status, statusText } = response
    const parsed: unknown = await response.json().catch(() => undefined)
    const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed
    const fields = fieldsOf(body)
    const message = messageOf(body) ?? Object.values(fields)[0] ?? statusText
    return new ApiError(status, message, {
      code: headers.get('x-error-code') ?? undefined,
      fields,
      requestId: headers.get('x-request-id') ?? undefined,
      retryAfter: Number(headers.get('retry-after')) || undefined,
      start: isObject(body) && typeof body.start === 'string' ? body.start : undefined,
    })
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const firstText = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : Array.isArray(value)
      ? firstText(value[0])
      : isObject(value)
        ? firstText(Object.values(value)[0])
        : undefined

/** Two documented refusals are an array of a text or of an object. */
const messageOf = (body: unknown) => (isObject(body) ? firstText(body.message ?? body.detail ?? body.error) : firstText(body))

/** Flattens `{"errors": {"user": {"email": ["Taken."]}}}` to `{"user.email": "Taken."}`. */
function fieldsOf(body: unknown): Record<string, string> {
  const fields: Record<string, string> = {}
  const collect = (value: unknown, path: string) => {
    if (isObject(value)) for (const [name, inner] of Object.entries(value)) collect(inner, path === '' ? name : `${path}.${name}`)
    else {
      const text = firstText(value)
      if (text !== undefined) fields[path] = text
    }
  }
  if (isObject(body) && isObject(body.errors)) collect(body.errors, '')
  return fields
}
