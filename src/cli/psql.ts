/** The command `psql`: PostgreSQL's own terminal on Reeve's database, as the role that the server uses. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openLogin } from '../db/embedded/login.ts'
import { readConfig } from '../lib/config.ts'
import { StartupError } from '../lib/startup-error.ts'

/** Without a scope, row-level security hides every row. */
const EVERY_TENANT = '-c reeve.scope=system'

const NOTE = `You see every tenant (reeve.scope is system). To see what a reseller sees:
  SET reeve.scope = 'reseller'; SET reeve.reseller_id = 1;
A change made here is in no activity log, and lists do not show it before: reeve check --rebuild`

/** @param args passed on to psql */
export async function psql(args: string[]): Promise<void> {
  const { data, databaseUrl } = readConfig(process.env)
  const { env, target, close } = databaseUrl === undefined ? await embedded(data) : outside(databaseUrl)
  const ignore = () => {} // Ctrl-C cancels a statement in psql. It must not end this process first.
  process.on('SIGINT', ignore)
  try {
    console.error(NOTE)
    const child = spawn('psql', [...target, ...args], { stdio: 'inherit', env: { ...process.env, ...env } })
    const [code] = await once(child, 'close')
    process.exitCode = code ?? 1
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new StartupError(
      'There is no psql in PATH, and npm brings none along. Install it (Debian: apt install postgresql-client; macOS: brew install libpq), ' +
        'or connect with another client.',
    )
  } finally {
    process.off('SIGINT', ignore)
    await close()
  }
}

async function embedded(data: string) {
  const { login, close } = await openLogin(data)
  const { host, port, user, password, database } = login
  const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database, PGOPTIONS: EVERY_TENANT }
  return { env, target: [], close }
}

/**
 * Passes the password in the environment, because every user of the machine can read arguments. Removes `uselibpqcompat`: it belongs to the
 * Node.js driver, and psql rejects it.
 */
function outside(databaseUrl: string) {
  const [, scheme = '', user = '', password, rest = ''] =
    /^(postgres(?:ql)?:\/\/)(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(.*)$/s.exec(databaseUrl) ?? []
  const [address = '', query = ''] = rest.split('?')
  const parameters = new URLSearchParams(query)
  parameters.delete('uselibpqcompat')
  parameters.set('options', `${parameters.get('options') ?? ''} ${EVERY_TENANT}`.trim())
  if (address.split('/')[0]?.includes(',')) parameters.set('target_session_attrs', 'primary')
  const url = `${scheme}${user && `${user}@`}${address}?${String(parameters).replaceAll('+', '%20')}`
  return { env: password ? { PGPASSWORD: decodeURIComponent(password) } : {}, target: ['--dbname', url], close: async () => {} }
}
