/**
 * Answers on the server's port while it starts, so that a probe takes a long migration for what it is: /healthz says that the process responds,
 * and /readyz what it does. Everything else is answered with 503.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ERROR_CODE, type ErrorCode } from '../http/error-codes.ts'
import { withoutQuery } from '../http/redaction.ts'
import { listenError } from '../lib/listening.ts'

export interface Starting {
  /** The database is open, and this is done to it. */
  migrating(line: string): void
  migrated(): void
  /** Frees the port for the server itself. Idempotent. */
  close(): Promise<void>
}

/** Nobody has anything to ask but probes. */
const CONNECTIONS = 100

/** @throws StartupError if the server could not listen there */
export async function answerWhileStarting(place: { host: string; port: number }): Promise<Starting> {
  const state = { database: false, migrated: false }
  let doing = 'The database is being opened.'

  const server = createServer((request, reply) => {
    const path = withoutQuery(request.url ?? '/')
    if (path === '/healthz') answer(request, reply, 200, { status: 'ok' })
    else if (path === '/readyz') answer(request, reply, 503, { ...state, keys: false, warnings: [`The server is starting. ${doing}`] })
    else answer(request, reply, 503, { message: 'The server is starting. Try again.' })
  })
  server.maxConnections = CONNECTIONS
  try {
    await once(server.listen({ host: place.host, port: place.port }), 'listening')
  } catch (error) {
    throw listenError(error, place)
  }

  let closed: Promise<void> | undefined
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    migrating(line) {
      state.database = true
      doing = `${line}.`
    },
    migrated() {
      Object.assign(state, { database: true, migrated: true })
      doing = 'The database is migrated.'
    },
    close() {
      closed ??= close()
      return closed
    },
  }
}

function answer(request: IncomingMessage, reply: ServerResponse, status: number, body: object) {
  request.resume()
  const refused = status === 503 && { [ERROR_CODE]: 'not_ready' satisfies ErrorCode, 'retry-after': '2' }
  reply.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
    ...refused,
  })
  reply.end(JSON.stringify(body))
}
