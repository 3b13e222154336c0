/** Fifty who ask for the dearest lists there are until SIGTERM. Argument: a task as JSON; prints what they were answered as JSON. */
import { Agent, type ClientRequest, get } from 'node:http'

const { url, authorization, askers } = JSON.parse(process.argv[2] ?? '') as {
  url: string
  authorization: string
  askers: number
}
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
const letters = 'abcdefghijklmnopqrstuvwxyz'
const letter = () => letters[Math.floor(Math.random() * letters.length)] ?? 'a'
let asked = 0

/** Each differs from all before, so that no cached page answers it. */
const kinds = [
  () => `limit=100&users_name=${letter()}&_=${asked}`,
  () => `limit=100&users_email=${letter()}&companyName=${letter()}&_=${asked}`,
  () => `limit=100&ordering=status,-name,email&_=${asked}`,
  () => `limit=1000&ordering=-status,companyName&offset=${Math.floor(Math.random() * 50_000)}`,
  () => `email=${letter()}${letter()}&ordering=-companyName`,
  () => `_=${asked}`,
]
const seen = { answered: 0, busy: 0, busyWithRetryAfter: 0, other: 0, broken: 0, bytes: 0 }

let over = false
const calls = new Set<ClientRequest>()
process.once('SIGTERM', () => {
  over = true
  console.log(JSON.stringify(seen))
  for (const call of calls) call.destroy()
  agent.destroy()
})

function ask(query: string): Promise<void> {
  return new Promise((resolve) => {
    const call = get(`${url}/iam/clients?${query}`, { agent, headers: { authorization } }, (reply) => {
      reply.on('data', (piece: Buffer) => {
        seen.bytes += piece.length
      })
      reply.on('end', () => {
        if (reply.statusCode === 200) seen.answered++
        else if (reply.statusCode === 503) {
          seen.busy++
          if (reply.headers['retry-after']) seen.busyWithRetryAfter++
        } else seen.other++
      })
      reply.on('error', () => {})
    })
    calls.add(call)
    call.on('error', () => {
      if (!over) seen.broken++
    })
    call.on('close', () => {
      calls.delete(call)
      resolve()
    })
  })
}

await Promise.all(
  Array.from({ length: askers }, async (_, n) => {
    while (!over) {
      asked++
      await ask((kinds[(n + asked) % kinds.length] as (typeof kinds)[number])())
    }
  }),
)
