/** Clients that change something all the time and remember what was acknowledged. */
import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds from an answer that is no success to the next try: far less than Retry-After says. */
const PAUSE = 50

export interface Writer {
  /** The user that it renames, to `Writer ID, N` with N from 0 on. */
  readonly id: number
  /** Each N that was acknowledged, in order. */
  readonly acknowledged: number[]
  /** When each of them was, by performance.now(). */
  readonly at: number[]
  /** All other answers: 0 is a connection that ended without one. */
  readonly refused: { status: number; at: number; took: number; body: string }[]
}

export const nameOf = (id: number, n: number) => `Writer ${id}, ${n}`

export function startWriters(url: string, token: string, ids: number[]): { writers: Writer[]; stop(): Promise<void> } {
  const ending = new AbortController()
  const headers = { authorization: `APIKey ${token}`, 'content-type': 'application/json' }
  async function write({ id, acknowledged, at, refused }: Writer) {
    for (let n = 0; !ending.signal.aborted; n++) {
      const began = performance.now()
      const body = JSON.stringify({ name: nameOf(id, n) })
      const { status, text } = await fetch(`${url}/iam/users/${id}`, { method: 'PATCH', headers, body }).then(
        async (answer) => ({ status: answer.status, text: await answer.text() }),
        (error: Error) => ({ status: 0, text: String(error.cause ?? error) }),
      )
      if (status === 200) {
        acknowledged.push(n)
        at.push(performance.now())
      } else {
        refused.push({ status, at: performance.now(), took: performance.now() - began, body: text.slice(0, 200) })
        await delay(PAUSE)
      }
    }
  }
  const writers = ids.map((id): Writer => ({ id, acknowledged: [], at: [], refused: [] }))
  const all = Promise.all(writers.map(write))
  return {
    writers,
    async stop() {
      ending.abort()
      await all
    },
  }
}
