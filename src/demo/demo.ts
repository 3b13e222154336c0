/** The commands demo and seed: create a world once, and write demo.json with its sign-ins. */
import { join } from 'node:path'
import type { SystemSql } from '../db/scope.ts'
import { assertSecret } from '../db/secret.ts'
import { createClock } from '../lib/clock.ts'
import type { Config } from '../lib/config.ts'
import { hashPassword } from '../lib/passwords.ts'
import { makePrivateFolder, writePrivate } from '../lib/private-files.ts'
import { progressLine } from '../lib/progress.ts'
import { ourselves } from '../lib/semaphore.ts'
import { StartupError } from '../lib/startup-error.ts'
import { closeOnSignals, openMigrated, startServer } from '../server/lifecycle.ts'
import { createLog } from '../server/listen.ts'
import { loadWorld } from './load.ts'
import { type Showcase, showcase } from './showcase.ts'
import { demoPassword } from './world.ts'

/** Serves the demo world of `config`, creating it at the first start, and prints how to sign in. */
export async function runDemo(config: Config): Promise<void> {
  const log = createLog(process.env.REEVE_LOG ? config.logLevel : 'warn')
  const running = await startServer(config, log, ({ background }) => makeWorldOnce(background, config))
  closeOnSignals(running, log, console.log)
  const shown = writeShowcase(config, running.url)
  print(shown, running.url, config.smtpUrl !== undefined)
}

/** Creates the world of `config` in an empty database and writes demo.json, without serving. */
export async function seed(config: Config): Promise<void> {
  const log = createLog('warn')
  const onLost = (error: Error) => {
    throw error
  }
  const { database } = await openMigrated(config, log, { onLost, beside: false })
  try {
    await assertSecret(database.system, config)
    await makeWorldOnce(database.background, config)
    writeShowcase(config, `http://${config.host}:${config.port}`)
  } finally {
    await database.close()
  }
}

/** Creates the world unless it exists. Size and seed are stored with it: other values need another database. */
async function makeWorldOnce(system: SystemSql, { demoClients: clients, demoSeed, clock, databaseUrl }: Config) {
  await system`CREATE TABLE IF NOT EXISTS demo_world (clients bigint NOT NULL, seed bigint NOT NULL)`
  const [there] = await system`SELECT clients, seed FROM demo_world`
  if (there) {
    if (there.clients === clients && there.seed === demoSeed) return
    const wanted = [
      ...(there.clients === clients ? [] : [`REEVE_DEMO_CLIENTS or --clients asks for ${clients} clients, not ${there.clients}`]),
      ...(there.seed === demoSeed ? [] : [`REEVE_DEMO_SEED asks for seed ${demoSeed}, not ${there.seed}`]),
    ]
    const elsewhere = databaseUrl === undefined ? 'set REEVE_DATA to another folder' : 'set DATABASE_URL to an empty database'
    throw new StartupError(
      `The database holds a demo world already, and another is asked for: ${wanted.join(', and ')}. Ask for the one that is there, or ${elsewhere}.`,
    )
  }
  const began = Date.now()
  const line = progressLine()
  const passwordHash = await hashPassword(demoPassword, ourselves)
  await loadWorld(system, {
    clients,
    seed: demoSeed,
    passwordHash,
    now: createClock(clock).now(), // so that nothing is overdue when the scheduler starts
    progress: (done, total, phase) => line.show(phase, done, total),
    finish: (tx) => tx`INSERT INTO demo_world VALUES (${clients}, ${demoSeed})`,
  })
  line.end()
  console.log(`Made ${clients} clients in ${((Date.now() - began) / 1000).toFixed(1)} s.`)
}

function writeShowcase({ data, demoClients: clients, demoSeed: seed }: Config, baseUrl: string): Showcase {
  const shown = showcase({ seed, clients, baseUrl })
  makePrivateFolder(data)
  writePrivate(join(data, 'demo.json'), `${JSON.stringify(shown, null, 2)}\n`)
  return shown
}

function print({ platform, resellers, sellers, clients }: Showcase, url: string, mails: boolean) {
  const [reseller] = resellers
  const people = [
    ['platform', platform.email],
    ...resellers.map(({ email, clients }) => [`reseller of ${clients}`, email]),
    ...sellers.map(({ email }) => ['seller', email]),
    ...clients.slice(0, 5).map(({ role, email }) => [role, email]),
  ]
  console.log(`Reeve answers at ${url}    API documentation: ${url}/docs
Console: ${url}/    sign in as ${reseller?.email} / ${demoPassword}

Everybody's password is ${demoPassword}. These passwords are public: do not expose this server.
${people.map(([who = '', email]) => `  ${who.padEnd(34)} ${email}`).join('\n')}
All sign-ins, with tokens, are in demo.json in the data folder.

Try:
  curl -H 'Authorization: APIKey ${reseller?.token}' '${url}/iam/clients?limit=3'
${
  mails
    ? ''
    : `
No SMTP_URL is set, so emails are kept. List them, then read one by its id to see its text and link.
  curl -H 'Authorization: APIKey ${platform.token}' '${url}/reeve/outbox'
  curl -H 'Authorization: APIKey ${platform.token}' '${url}/reeve/outbox/ID'`
}`)
}
