/** The one place that fetches: typed by the OpenAPI document, authenticated, and retried where that is safe. */
import { record } from './calls.ts'
import { ApiError } from './errors.ts'
import { accessToken } from './session.ts'
import type { Operations } from './types.ts'

export type Operation = keyof Operations
type Path<K extends Operation> = Operations[K]['path']
type Query<K extends Operation> = Operations[K]['query']
type Body<K extends Operation> = Operations[K]['body']
export type Answer<K extends Operation> = Operations[K]['response']

type Part<Name extends string, T> = [keyof T] extends [never]
  ? object
  : Record<never, never> extends T
    ? { [N in Name]?: T }
    : { [N in Name]: T }
/** What an operation takes: `path`, `query` and `body`, each required if one of its fields is. */
export type Given<K extends Operation> = Part<'path', Path<K>> &
  Part<'query', Query<K>> &
  ([Body<K>] extends [undefined] ? object : { body: Body<K> })

interface Parts {
  path?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
}

/** Asks the reader to prove who it is; resolves once that is done and rejects if the reader declines. */
export interface Prompts {
  /** The session has ended: sign in again. */
  signInAgain(): Promise<void>
  /** The operation wants a recent proof. */
  confirmIdentity(): Promise<void>
}
let prompts: Prompts | undefined
export const setPrompts = (next: Prompts | undefined) => {
  prompts = next
}

/** Returns the address of an operation, for links, downloads and the list of calls. */
export function addressOf(operation: string, { path = {}, query = {} }: Parts): string {
  const address = operation.slice(operation.indexOf(' ') + 1).replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) if (one !== undefined && one !== null && one !== '') search.append(name, String(one))
  return search.size > 0 ? `${address}?${search}` : address
}

/** @throws ApiError for every answer but a success, and with status 0 if there is none */
export async function api<K extends Operation>(operation: K, given: Given<K>, signal?: AbortSignal): Promise<Answer<K>> {
  const response = await send(operation, given as Parts, signal)
  return (response.status === 204 || response.headers.get('content-length') === '0' ? undefined : await response.json()) as Answer<K>
}

/** As `api`, with the answer as it comes: for streams and for headers. */
export async function send(operation: string, given: Parts, signal?: AbortSignal): Promise<Response> {
  const method = operation.slice(0, operation.indexOf(' '))
  const address = addressOf(operation, given)
  const { body } = given
  const isForm = body instanceof FormData
  let rejected: string | undefined
  for (let attempt = 0; ; attempt++) {
    const token = await tokenOrSignIn(rejected)
    const response = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && !isForm && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error
      throw new ApiError(0, '')
    })
    record({ method, address, body: isForm ? undefined : body, status: response.status })
    if (response.ok) return response
    const again = attempt < 2
    if (response.status === 401 && again) {
      rejected = token
      continue
    }
    if (response.status === 403 && again && prompts && wantsProof(response)) {
      await prompts.confirmIdentity()
      continue
    }
    throw await ApiError.of(response)
  }
}

const wantsProof = ({ headers }: Response) => headers.get('www-authenticate')?.includes('insufficient_user_authentication') ?? false

async function tokenOrSignIn(rejected: string | undefined): Promise<string> {
  try {
    return await accessToken(rejected)
  } catch (error) {
    if (!(error instanceof ApiError)) throw new ApiError(0, '')
    if (error.status !== 401 || !prompts) throw error
    await prompts.signInAgain()
    return accessToken()
  }
}

/** Options of useQuery for an operation that reads. */
export const query = <K extends Operation>(operation: K, given: Given<K>) => ({
  queryKey: [operation, given] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => api(operation, given, signal),
})
