/**
 * Servers tell each other through `pg_stat_activity` which secrets they have and whether they have seen that another one encrypts: the names of
 * their connections say it for as long as they live, and no longer.
 */
import { randomBytes } from 'node:crypto'
import { nameSecrets, type SecretCipher } from './secret.ts'
import type { SecretSettings } from './secret-files.ts'
import type { ISql } from './sql.ts'

/** Milliseconds between two looks at the database. */
const FOLLOW = 1000

/** The name of a process that encrypts, for its connections. PostgreSQL cuts names after 63 characters. */
export const serverName = (settings: SecretSettings, warn: (line: string) => void) =>
  `reeve server ${randomBytes(3).toString('hex')} knows ${nameSecrets(settings, warn)}`.trimEnd()

/** Keeps a process encrypting with the secret that the database says. Returns what ends it. */
export function followSecret(sql: ISql, cipher: SecretCipher, name: string, warn: (line: string) => void): () => Promise<void> {
  let seen: string | undefined
  let warned = false
  const look = async () => {
    // Says what was seen before, because only then it is certain that nothing is encrypted otherwise any more.
    if (seen !== undefined) await sql`SELECT set_config('application_name', ${`${name} sees ${seen}`}, false)`
    seen = await cipher.follow(sql)
    if (seen === undefined && !warned) {
      warned = true
      warn('The database is being encrypted with a secret that this server does not have: set REEVE_SECRET_SECOND to it and start again.')
    }
  }
  let looking = Promise.resolve()
  let ended = false
  const turn = () => {
    // A database that is away is asked again.
    looking = look()
      .catch(() => {})
      .then(() => {
        if (!ended) timer = setTimeout(turn, FOLLOW).unref()
      })
  }
  let timer = setTimeout(turn, FOLLOW).unref()
  return async () => {
    ended = true
    clearTimeout(timer)
    await looking
  }
}

export interface SeenServer {
  id: string
  /** Where it is, for people. */
  from: string
  knows: string[]
  sees: string[]
}

/** The processes that encrypt, beside this one. A version that does not say what it knows knows nothing. */
export async function serversOf(sql: ISql): Promise<SeenServer[]> {
  const rows = await sql<{ name: string; place: string; pid: number }[]>`
    SELECT application_name AS name, coalesce(host(client_addr), 'this machine') AS place, pid FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND application_name ~ '^reeve($| server )' ORDER BY backend_start`
  const servers = new Map<string, SeenServer>()
  for (const { name, place, pid } of rows) {
    const [, id = '', knows = '', sees] = /^reeve server (\w+) knows ?([\da-f ]*?)(?: sees (\w+))?$/.exec(name) ?? []
    const server = servers.get(id) ?? { id, from: `${place} (pid ${pid} in pg_stat_activity)`, knows: [], sees: [] }
    server.knows = knows.split(' ')
    if (sees) server.sees.push(sees)
    servers.set(id, server)
  }
  return [...servers.values()]
}
