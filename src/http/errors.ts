/** The catalogue of errors and the only error handler: DOMAIN's one shape a status, and nothing of the inside to the outside. */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CANCELLED, DISK_FULL, isAway, UNKNOWN } from '../db/errors.ts'
import { Busy } from '../lib/semaphore.ts'
import { MailboxFull, mailboxLimit } from '../mail/outbox.ts'

/** Messages by field, nested where the field is: `{client_user: {role: ['Invalid role: X']}}`. */
export interface FieldErrors {
  [field: string]: string[] | FieldErrors
}

export class ApiError extends Error {
  readonly status: number
  readonly body: object
  readonly headers: Record<string, string>

  constructor(status: number, body: object, { headers = {}, cause }: { headers?: Record<string, string>; cause?: unknown } = {}) {
    super(JSON.stringify(body), { cause })
    this.status = status
    this.body = body
    this.headers = headers
  }
}

const message = (status: number, text: string, headers: Record<string, string> = {}) => new ApiError(status, { message: text }, { headers })
const challenge = { 'www-authenticate': 'APIKey realm="reeve", Bearer realm="reeve"' }

/** Seconds that a client may be asked to sleep. */
const LONGEST_SLEEP = 60

export const errors = {
  invalid: (fields: FieldErrors) => new ApiError(400, { errors: fields }),
  unparsable: (reason: string) => message(400, `JSON parse error - ${reason}`),
  alreadyActivated: () => message(400, 'This user already activated.'),
  noCredential: () => message(401, 'Authentication credentials were not provided.', challenge),
  /** One answer, in the same time, for an unknown email, a wrong password, a blocked and an unconfirmed user. */
  noSuchAccount: () => new ApiError(400, { errors: { errors: ['No active account found with the given credentials.'] } }),
  notOperator: () =>
    message(401, 'Authentication credentials were not provided.', { 'www-authenticate': 'Basic realm="reeve", Bearer realm="reeve"' }),
  badSession: () => message(401, 'Given token not valid for any token type', challenge),
  badApiToken: (id: string) => message(401, `Bad token: ${id}`, challenge),
  forbidden: (text = 'You do not have permission to perform this action.') => message(403, text),
  /** What would be taken away is in use; lists of names by how. */
  inUse: (lists: Record<string, readonly string[]>) => new ApiError(403, { message: 'What is in use must stay available.', ...lists }),
  /** RFC 9470, with our status: 401 would say that the credential is none. */
  staleProof: (text: string, seconds: number) =>
    message(403, text, { 'www-authenticate': `Bearer realm="reeve", error="insufficient_user_authentication", max_age=${seconds}` }),
  notFound: () => message(404, 'Not found.'),
  methodNotAllowed: (method: string, allowed: string) => message(405, `Method "${method}" not allowed.`, { allow: allowed }),
  conflict: (text: string) => message(409, text, { 'x-should-retry': 'false' }),
  tooLarge: (limit: number) => message(413, `The request body is larger than ${limit} bytes.`),
  unsupportedType: (type: string) => message(415, `Unsupported media type "${type}" in request.`),
  /** An answer 400 in a shape that only its operation documents. */
  invalidAs: (body: object) => new ApiError(400, body),
  /**
   * `most` within `span` seconds are used up for `wait` seconds (RateLimit fields: draft-ietf-httpapi-ratelimit-headers). Clients sleep as long
   * as Retry-After says, so it never says more than a minute. Where that does not help, `x-should-retry` keeps the SDKs from sleeping at all.
   */
  tooMany: (text: string, { name, most, span, wait }: { name: string; most: number; span: number; wait: number }) =>
    message(429, text, {
      'retry-after': String(Math.min(Math.max(1, Math.ceil(wait)), LONGEST_SLEEP)),
      ...(wait > LONGEST_SLEEP && { 'x-should-retry': 'false' }),
      'ratelimit-policy': `"${name}";q=${most};w=${span}`,
      ratelimit: `"${name}";r=0;t=${Math.ceil(wait)}`,
    }),
  mailboxFull: (wait: number): ApiError =>
    errors.tooMany('This address got as many mails of this kind as it may within an hour.', {
      name: 'mails-of-address',
      ...mailboxLimit,
      wait,
    }),
  noRequest: () => message(400, 'This is no HTTP request.'),
  timeout: () => message(408, 'The request took too long to arrive.'),
  headersTooLarge: () => message(431, 'The request headers are too large.'),
  unavailable: () => message(503, 'The database is not available, try again.', { 'retry-after': '2' }),
  diskFull: () => message(503, 'The database has no space left on its disk.', { 'retry-after': '30' }),
  /** The connection was lost, or nothing came for long, when the change was to be committed. */
  unknownOutcome: () =>
    message(503, 'The database did not confirm the change in time. It may have been made: look before you try again.', {
      'retry-after': '2',
    }),
  noSigningKey: () => message(503, 'Tokens cannot be signed at present, try again.', { 'retry-after': '30' }),
  busy: () => message(503, 'Too many costly requests run at present, try again.', { 'retry-after': '2' }),
  internal: (requestId: string) => message(500, `Something went wrong here. The request id is ${requestId}.`),
}

/** The texts of a field, whatever is nested in it named before them: `{name: ['Must be …']}` is `['name: Must be …']`. */
export const flatten = (said: string[] | FieldErrors): string[] =>
  Array.isArray(said) ? said : Object.entries(said).flatMap(([field, inner]) => flatten(inner).map((text) => `${field}: ${text}`))

/** The `errorHandler` of a route that documents another 400 for its fields than DOMAIN's. */
export const reshape = (shape: (fields: FieldErrors) => object) => (error: Error) => {
  const fields = error instanceof ApiError && error.status === 400 && (error.body as { errors?: FieldErrors }).errors
  throw fields ? errors.invalidAs(shape(fields)) : error
}

function toApiError(error: FastifyError, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof Busy) return errors.busy()
  if (error instanceof MailboxFull) return errors.mailboxFull(error.wait)
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return errors.tooLarge(request.routeOptions.bodyLimit)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return errors.unsupportedType(request.headers['content-type'] ?? '')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return errors.unparsable('the body ended before its Content-Length')
  }
  if (error.code === CANCELLED) return errors.busy()
  if (error.code === DISK_FULL) return errors.diskFull()
  if (error.code === UNKNOWN) return errors.unknownOutcome()
  if (isAway(error.code ?? '')) return errors.unavailable()
  return errors.internal(request.id)
}

export function handleErrors(app: FastifyInstance) {
  const noteRefusal = createRefusalLog()
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const answer = toApiError(error, request)
    if (answer.status === 500) request.log.error({ err: error }, 'request failed')
    else if (answer.status > 500) noteRefusal(error, request)
    else if (answer.cause) request.log.info({ err: answer.cause }, 'request refused')
    return sendError(reply, answer)
  })
  app.setNotFoundHandler(() => {
    throw errors.notFound()
  })
}

/** Milliseconds between two lines about refusals for the same reason. */
const QUIET = 10_000

/**
 * What is refused because the server is busy, or the database is away, is refused to everybody at once: one line each ten seconds says how many,
 * by the name or code of the error, and no stack, for the place in the code tells nothing.
 */
function createRefusalLog() {
  const reasons = new Map<string, { since: number; more: number }>()
  return (error: FastifyError, { log }: FastifyRequest) => {
    const reason = error.code ?? (error instanceof ApiError ? error.message : error.constructor.name)
    const known = reasons.get(reason)
    if (known && performance.now() - known.since < QUIET) return known.more++
    reasons.set(reason, { since: performance.now(), more: 0 })
    return log.warn({ reason: error.message, code: error.code, more: known?.more ?? 0 }, 'requests are refused for now')
  }
}

/** As text: the serialiser of a route's success would drop fields. */
const sendError = (reply: FastifyReply, { status, headers, body }: ApiError) =>
  reply.code(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(body))

/** A path that cannot be decoded is the path of nothing. It is found out before any hook runs. */
export function answerUndecodable(_error: unknown, request: FastifyRequest, reply: FastifyReply) {
  sendError(reply.header('x-request-id', request.id), errors.notFound())
}

/** What is no HTTP request never reaches a handler: the answer is written to the connection, which is then closed. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
  const { status, body } =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? errors.headersTooLarge()
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? errors.timeout()
        : errors.noRequest()
  const text = JSON.stringify(body)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nX-Request-Id: ${randomUUID()}\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
