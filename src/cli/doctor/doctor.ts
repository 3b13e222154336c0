/** The command `doctor`: says what is wrong with an installation and what to do. It changes nothing, and prints no secret. */
import manifest from '../../../package.json' with { type: 'json' }
import { findRunning } from '../../db/embedded/server.ts'
import { type Database, openDatabase } from '../../db/open.ts'
import { keyFile, secondKeyFile } from '../../db/secret-files.ts'
import { type Config, readConfig } from '../../lib/config.ts'
import { readIfThere } from '../../lib/read-if-there.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { databaseFindings, factsOf } from './database.ts'
import { type Area, error, type Finding, howMany, type Patient, warning } from './finding.ts'
import { folderFindings } from './folder.ts'
import { jobFindings, runsOf } from './jobs.ts'
import { machineFindings } from './machine.ts'
import { mailServerFindings, outboxFindings } from './mail.ts'
import { providerFindings } from './providers.ts'
import { asText, hideSecrets } from './report.ts'
import { schemaFindings } from './schema.ts'
import { secretFindings } from './secret.ts'
import { serverFindings } from './server.ts'
import { misspeltSettings, settingsFindings } from './settings.ts'
import { standbyFindings } from './standbys.ts'

/** Exits with 1 if there is an error among the findings. */
export async function doctor({ json }: { json: boolean }): Promise<void> {
  const areas: Area[] = []
  const secrets = await examine(process.env, areas)
  const errors = howMany(areas, 'error')
  const report = json ? JSON.stringify({ version: manifest.version, errors, areas }, undefined, 2) : asText(areas, process.stdout)
  console.log(hideSecrets(report, secrets))
  if (errors > 0) process.exitCode = 1
}

/** Fills `areas`. Returns what must not be printed. */
async function examine(env: NodeJS.ProcessEnv, areas: Area[]): Promise<string[]> {
  const note = async (area: string, look: () => Finding[] | Promise<Finding[]>) => {
    const findings = await (async () => look())().catch((cause: Error) => [
      error(`This could not be examined: ${cause.message.split('\n')[0]}`, 'See the other findings.'),
    ])
    const there = areas.find((one) => one.area === area)
    if (there) there.findings.push(...findings)
    else areas.push({ area, findings })
  }
  let config: Config
  try {
    config = readConfig(env)
  } catch (cause) {
    if (!(cause instanceof StartupError)) throw cause
    const refused = cause.message.split('\n').map((line) => error(line, 'Correct it: nothing else can be examined until then.'))
    await note('settings', () => [...misspeltSettings(env), ...refused])
    return []
  }
  const secrets = {
    first: config.secret ?? readable(keyFile(config.data)),
    second: config.secretSecond ?? readable(secondKeyFile(config.data)),
  }
  await note('settings', () => settingsFindings(config, env))
  await note('machine', () => machineFindings(config))
  await note('data folder', () => folderFindings(config))
  let database: Database | undefined
  await note('database', async () => {
    const opened = await open(config)
    if ('severity' in opened) return [opened]
    database = opened
    return databaseFindings(await factsOf(opened.system, config))
  })
  if (database) await examineDatabase({ config, database, secrets }, note).finally(() => database?.close())
  await note('mail server', () => mailServerFindings(config))
  await note('server', () => serverFindings(config))
  return [
    secrets.first,
    secrets.second,
    config.metricsToken,
    ...[config.databaseUrl, config.replicaUrl, config.smtpUrl].flatMap(passwordsIn),
  ].filter((one) => one !== undefined)
}

async function examineDatabase(patient: Patient, note: (area: string, look: () => Finding[] | Promise<Finding[]>) => Promise<void>) {
  const { config, database } = patient
  const { system } = database
  let exists = false
  await note('schema', async () => {
    const schema = await schemaFindings(system)
    exists = schema.exists
    return schema.findings
  })
  if (config.replicaUrl !== undefined) await note('standbys', () => standbyFindings(system, config))
  if (!exists) return
  await note('secret', () => secretFindings(patient))
  await note('mails', () => outboxFindings(system, config))
  await note('jobs', async () => jobFindings(await runsOf(system)))
  await note('identity providers', () => providerFindings(system))
}

/** Starts no embedded database: that would change its folder. */
async function open(config: Config): Promise<Database | Finding> {
  if (config.databaseUrl === undefined) {
    const running = await findRunning(config.data)
    if (!running)
      return warning('The embedded database does not run, so nothing in it is examined.', 'Start the server, and run this again.')
    running.close()
  }
  const onLost = (lost: Error) => {
    throw lost
  }
  try {
    return await openDatabase({ ...config, replicaUrl: undefined, connections: 2, log: () => {}, onLost, beside: true })
  } catch (cause) {
    if (!(cause instanceof StartupError)) throw cause
    const [what = '', ...todo] = cause.message.split('\n')
    return error(what, todo.join('\n') || 'Nothing in the database is examined until then.')
  }
}

/** Does not change its mode, as the server does. What cannot be read is in the findings of the folder. */
function readable(path: string): string | undefined {
  try {
    return readIfThere(path)?.trim()
  } catch {
    return undefined
  }
}

function passwordsIn(url: string | undefined): string[] {
  const password = /^\w+:\/\/[^:@/]*:([^@/]*)@/.exec(url ?? '')?.[1]
  return password ? [password, decodeURIComponent(password)] : []
}
