/** The command line: what this program can be asked to do. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createLog } from './answer.ts'
import { readConfig } from './config.ts'
import { StartRefused } from './lib/start-refused.ts'
import { closeOnSignals, openMigrated, startServer } from './serve.ts'

const usage = `reeve COMMAND

  serve                         run the server
  demo                          run it with a demo world of REEVE_DEMO_CLIENTS clients, made at the first start
  seed --clients N              make such a world, of any size, and exit
  migrate                       bring the database's schema up to date and exit
  operator --email E            create the first operator of the platform; prints a password once
  reseller --name N --email E   create a reseller with its first user; prints a password once
  check [--rebuild]             hold the lists against what they are made from, beside a running server; put right what differs
  rotate-keys                   sign tokens with a new key from now on
  mail --template T --lang L [--html]
                                print a mail as it would be sent, with made-up names
  openapi [--check FILE]        print our OpenAPI document, or fail where FILE is not that

Settings are environment variables: HOST, PORT, REEVE_DATA, DATABASE_URL, … (README.md lists them).`

const commands: Record<string, (args: string[]) => Promise<void>> = {
  async serve() {
    const config = readConfig(process.env)
    if (config.clock) throw new StartRefused('REEVE_CLOCK moves the clock of the demo and of nothing else: unset it.')
    const log = createLog(config.logLevel)
    const running = await startServer(config, log)
    closeOnSignals(running, log)
    log.info(`Reeve answers at ${running.url}, with ${running.database.description}`)
  },

  /** Started by startWorkers, not by people. */
  async worker() {
    const { runWorker } = await import('./workers.ts')
    await runWorker()
  },

  async demo() {
    const { runDemo } = await import('./demo/demo.ts')
    await runDemo(readConfig(process.env))
  },

  async seed(args) {
    const { values } = parseArgs({ args, options: { clients: { type: 'string', default: '1000' } } })
    const { seed } = await import('./demo/demo.ts')
    await seed(readConfig({ ...process.env, REEVE_DEMO_CLIENTS: values.clients }))
  },

  async migrate() {
    const { close } = await openForCommand()
    await close()
  },

  async operator(args) {
    const { email } = required(args, ['email'])
    await createTenant({ name: 'Platform', email, isPlatform: true })
  },

  async reseller(args) {
    const { name, email } = required(args, ['name', 'email'])
    await createTenant({ name, email, isPlatform: false })
  },

  async 'rotate-keys'() {
    const { config, database, close } = await openForCommand()
    const { addSigningKey } = await import('./lib/signing-keys.ts')
    const { openSeal } = await import('./lib/seal.ts')
    await addSigningKey(database.system, await openSeal(config.secret, config.data), { onlyFirst: false })
    await close()
    console.log('A new key is shown at /.well-known/jwks.json and signs in five minutes; the old one stays accepted for a day.')
  },

  async check(args) {
    const { values } = parseArgs({ args, options: { rebuild: { type: 'boolean', default: false } } })
    const { checkReadModel } = await import('./db/check.ts')
    const { database, close } = await openForCommand()
    try {
      const told = (part: string) => console.error(`${part} is compared`)
      const findings = await checkReadModel(database.system, { rebuild: values.rebuild, told })
      for (const { kind, count, first } of findings)
        console.log(`${kind} ${count} (${first.join('; ')}${count > first.length ? '; …' : ''})${values.rebuild ? ', put right' : ''}`)
      if (findings.length === 0) console.log('The lists are what they must be.')
      else if (!values.rebuild) process.exitCode = 1
    } finally {
      await close()
    }
  },

  async mail(args) {
    const { values } = parseArgs({
      args,
      options: { template: { type: 'string' }, lang: { type: 'string', default: 'en' }, html: { type: 'boolean', default: false } },
    })
    const { previewMail } = await import('./mail/preview.ts')
    process.stdout.write(previewMail(values))
  },

  async openapi(args) {
    const { values } = parseArgs({ args, options: { check: { type: 'string' }, write: { type: 'string' } } })
    const { openapiDocument } = await import('./openapi-document.ts')
    const text = `${JSON.stringify(await openapiDocument(), null, 2)}\n`
    if (values.write) await writeFile(values.write, text)
    else if (!values.check) process.stdout.write(text)
    else if ((await readFile(values.check, 'utf8').catch(() => '')) !== text)
      throw new StartRefused(`${values.check} is not what the routes say now: run npm run openapi.`)
  },
}

async function openForCommand() {
  const config = readConfig(process.env)
  const log = createLog(process.env.REEVE_LOG ? config.logLevel : 'warn')
  const onLost = (error: Error) => {
    throw error
  }
  const { database } = await openMigrated(config, log, { onLost, beside: true })
  return { config, database, close: database.close }
}

async function createTenant(wanted: { name: string; email: string; isPlatform: boolean }) {
  const { createReseller } = await import('./resellers.ts')
  const { database, close } = await openForCommand()
  try {
    const { resellerId, userId, password } = await createReseller(database.system, wanted)
    console.log(`Reseller ${resellerId} (${wanted.name}) is there; its user ${userId} signs in as ${wanted.email} with ${password}`)
  } finally {
    await close()
  }
}

function required<const K extends string>(args: string[], names: readonly K[]): Record<K, string> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ args, options })
  const missing = names.filter((name) => !values[name])
  if (missing.length > 0) throw new StartRefused(`Missing: ${missing.map((name) => `--${name}`).join(', ')}.`)
  return values as Record<K, string>
}

const [command = 'help', ...args] = process.argv.slice(2)
try {
  const run = commands[command]
  if (run) await run(args)
  else console.log(usage)
  if (!run && command !== 'help') process.exitCode = 1
} catch (error) {
  const forPerson = error instanceof StartRefused || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(forPerson ? (error as Error).message : error)
  process.exit(1)
}
