/** The catalogue of errors and the only error handler: one shape a status (docs/domain.md, Errors), and no detail of the inside. */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CANCELLED, DISK_FULL, isAway, UNKNOWN } from '../db/errors.ts'
import { Busy } from '../lib/semaphore.ts'
import { MailboxFull, mailboxLimit } from '../mail/outbox.ts'
import { type CodeOf, ERROR_CODE, type ErrorCode, errorCodes } from './error-codes.ts'

/** Messages by field, nested where the field is: `{client_user: {role: ['Invalid role: X']}}`. */
export interface FieldErrors {
  [field: string]: string[] | FieldErrors
}

export class ApiError extends Error {
  readonly status: number
  readonly code: ErrorCode
  readonly body: object
  readonly headers: Record<string, string>

  constructor(code: ErrorCode, body: object, { headers = {}, cause }: { headers?: Record<string, string>; cause?: unknown } = {}) {
    super(JSON.stringify(body), { cause })
    this.status = errorCodes[code][0]
    this.code = code
    this.body = body
    this.headers = { [ERROR_CODE]: code, ...headers }
  }
}

const message = (code: ErrorCode, text: string, headers: Record<string, string> = {}) => new ApiError(code, { message: text }, { headers })
const challenge = { 'www-authenticate': 'APIKey realm="reeve", Bearer realm="reeve"' }

/** Seconds that a client may be asked to sleep. */
const LONGEST_SLEEP = 60

export const errors = {
  invalid: (fields: FieldErrors, code: CodeOf<400> = 'invalid_parameter') => new ApiError(code, { errors: fields }),
  unparsable: (reason: string) => message('invalid_json', `JSON parse error - ${reason}`),
  alreadyActivated: () => message('already_activated', 'This user already activated.'),
  noCredential: () => message('not_authenticated', 'Authentication credentials were not provided.', challenge),
  /** The same response, in the same time, for an unknown email, a wrong password, a blocked and an unconfirmed user. */
  noSuchAccount: () => new ApiError('invalid_credentials', { errors: { errors: ['No active account found with the given credentials.'] } }),
  notOperator: () =>
    message('operator_token_required', 'Authentication credentials were not provided.', {
      'www-authenticate': 'Basic realm="reeve", Bearer realm="reeve"',
    }),
  badSession: () => message('session_invalid', 'Given token not valid for any token type', challenge),
  badScimToken: () => message('token_invalid', 'This is no token of a directory.', { 'www-authenticate': 'Bearer realm="scim"' }),
  badApiToken: (id: string) => message('token_invalid', `Bad token: ${id}`, challenge),
  forbidden: (text = 'You do not have permission to perform this action.', code: CodeOf<403> = 'forbidden') => message(code, text),
  /** How to begin is in the body: `start` is an address for a browser. */
  ssoRequired: ({ id, key, name }: { id: number; key: string; name: string }) =>
    new ApiError('sso_required', {
      message: `Sign in by ${name}: it is required here.`,
      provider: { id, name },
      start: `/reeve/sso/start?provider=${key}`,
    }),
  accountClosed: () => message('account_closed', 'The account is closed to staff. One of its Administrators can open it.'),
  /** Products that are in use; lists of names by how. */
  inUse: (lists: Record<string, readonly string[]>) =>
    new ApiError('product_in_use', { message: 'A product that is in use must stay available.', ...lists }),
  /** RFC 9470, but with 403: 401 would say that the credential is not valid. */
  staleProof: (text: string, seconds: number) =>
    message('recent_proof_required', text, {
      'www-authenticate': `Bearer realm="reeve", error="insufficient_user_authentication", max_age=${seconds}`,
    }),
  notFound: () => message('not_found', 'Not found.'),
  methodNotAllowed: (method: string, allowed: string) =>
    message('method_not_allowed', `Method "${method}" not allowed.`, { allow: allowed }),
  conflict: (text: string, code: CodeOf<409>) => message(code, text, { 'x-should-retry': 'false' }),
  tooLarge: (limit: number) => message('body_too_large', `The request body is larger than ${limit} bytes.`),
  unsupportedType: (type: string) => message('unsupported_media_type', `Unsupported media type "${type}" in request.`),
  /** A 400 in a shape that only its operation documents. */
  invalidAs: (body: object, code: CodeOf<400> = 'invalid_parameter') => new ApiError(code, body),
  /**
   * `most` within `span` seconds are used up for `wait` seconds (RateLimit fields: draft-ietf-httpapi-ratelimit-headers). Clients sleep as long
   * as Retry-After says, so it never says more than a minute. Where that does not help, `x-should-retry` keeps the SDKs from sleeping at all.
   */
  tooMany: (text: string, code: CodeOf<429>, { name, most, span, wait }: { name: string; most: number; span: number; wait: number }) =>
    message(code, text, {
      'retry-after': String(Math.min(Math.max(1, Math.ceil(wait)), LONGEST_SLEEP)),
      ...(wait > LONGEST_SLEEP && { 'x-should-retry': 'false' }),
      'ratelimit-policy': `"${name}";q=${most};w=${span}`,
      ratelimit: `"${name}";r=0;t=${Math.ceil(wait)}`,
    }),
  mailboxFull: (wait: number): ApiError =>
    errors.tooMany('Too many emails of this kind were sent to this address within the last hour.', 'mailbox_limited', {
      name: 'mails-of-address',
      ...mailboxLimit,
      wait,
    }),
  noRequest: () => message('bad_request', 'This is not an HTTP request.'),
  timeout: () => message('request_timeout', 'The request took too long to arrive.'),
  headersTooLarge: () => message('headers_too_large', 'The request headers are too large.'),
  unavailable: () => message('database_unavailable', 'The database is not available. Try again.', { 'retry-after': '2' }),
  diskFull: () => message('disk_full', 'The database has run out of disk space.', { 'retry-after': '30' }),
  /** The connection was lost, or nothing came for long, when the change was to be committed. */
  unknownOutcome: () =>
    message(
      'outcome_unknown',
      'The database did not confirm the change in time. The change may have been made: check before you try again.',
      { 'retry-after': '2' },
    ),
  noSigningKey: () => message('signing_key_unavailable', 'Tokens cannot be signed right now. Try again.', { 'retry-after': '30' }),
  busy: () => message('busy', 'The server is busy. Try again.', { 'retry-after': '2' }),
  internal: (requestId: string) => message('internal_error', `Something went wrong. The request id is ${requestId}.`),
}

/** The texts of a field, whatever is nested in it named before them: `{name: ['Must be …']}` is `['name: Must be …']`. */
export const flatten = (said: string[] | FieldErrors): string[] =>
  Array.isArray(said) ? said : Object.entries(said).flatMap(([field, inner]) => flatten(inner).map((text) => `${field}: ${text}`))

/** The `errorHandler` of a route whose documented 400 is not the usual one (docs/domain.md, Errors). */
export const reshape = (shape: (fields: FieldErrors) => object) => (error: Error) => {
  const fields = error instanceof ApiError && error.status === 400 && (error.body as { errors?: FieldErrors }).errors
  throw fields ? errors.invalidAs(shape(fields), error.code as CodeOf<400>) : error
}

export function toApiError(error: FastifyError, request: FastifyRequest): ApiError {
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

/** What is not an HTTP request never reaches a handler: the response is written to the connection, which is then closed. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
  const { status, code, body } =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? errors.headersTooLarge()
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? errors.timeout()
        : errors.noRequest()
  const text = JSON.stringify(body)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nX-Request-Id: ${randomUUID()}\r\nX-Error-Code: ${code}\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
