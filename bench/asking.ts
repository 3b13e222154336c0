/** One request after the other, timed: for what is measured in milliseconds an answer and not in answers a second. */
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { World } from './stage.ts'

export interface Answer {
  status: number
  /** Until the first byte of the body, and until its last, in ms. */
  first: number
  ms: number
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface Asker {
  (path: string, more?: { method?: string; headers?: OutgoingHttpHeaders; body?: object }): Promise<Answer>
  close(): void
}

/** Asks in the name of the big reseller unless `headers` say otherwise, over one connection kept open. */
export function asker({ url, headers }: Pick<World, 'url' | 'headers'>): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (path: string, more: { method?: string; headers?: OutgoingHttpHeaders; body?: object } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const text = more.body && JSON.stringify(more.body)
      const sent = {
        ...headers,
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...more.headers,
      }
      const began = performance.now()
      const call = request(`${url}${path}`, { method: more.method ?? 'GET', headers: sent, agent }, (reply) => {
        const pieces: Buffer[] = []
        let first = 0
        reply.on('data', (piece: Buffer) => {
          first ||= performance.now() - began
          pieces.push(piece)
        })
        reply.on('end', () => {
          const ms = performance.now() - began
          resolve({ status: reply.statusCode ?? 0, first: first || ms, ms, headers: reply.headers, body: Buffer.concat(pieces) })
        })
        reply.on('error', reject)
      })
      call.on('error', reject)
      call.end(text)
    })
  return Object.assign(ask, { close: () => agent.destroy() })
}

/** How long each of `paths` takes, in ms. @throws where one is not a 200 */
export async function times(ask: Asker, paths: Iterable<string>): Promise<number[]> {
  const taken: number[] = []
  for (const path of paths) {
    const { status, ms, body } = await ask(path)
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body.toString().slice(0, 300)}`)
    taken.push(ms)
  }
  return taken
}

let asked = 0
/** The path with a parameter that no route knows: the same work, and no cached page answers it. */
export const uncached = (path: string) => `${path}${path.includes('?') ? '&' : '?'}_=${++asked}`
