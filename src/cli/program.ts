/** Every command with its options and an example. A command's implementation is imported only when the command runs. */
import { statSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { fail, readConfig, readSetting } from '../lib/config.ts'

const program = new Command('reeve')
  .description('Reeve: a multi-tenant identity and reselling server.')
  .version(manifest.version, '-v, --version', 'print the version')
  .helpOption('-h, --help', 'show this help')
  .helpCommand('help [command]', 'show the help of a command')
  .addHelpText('after', '\nSettings are environment variables (HOST, PORT, REEVE_DATA, DATABASE_URL, …): README.md lists them.')

/** @param example a command line, including the settings that it needs */
function command(name: string, summary: string, example: string) {
  return program
    .command(name)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .version(manifest.version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError(`reeve ${name} --help shows what it takes.`)
    .addHelpText('after', `\nExample:\n  ${example}`)
}

command('serve', 'run the server', 'PORT=8080 reeve serve').action(async () => {
  const { serve } = await import('./serve.ts')
  await serve(readConfig(process.env))
})

// Started by startWorkers, not by users.
program.command('worker', { hidden: true }).action(async () => {
  const { runWorker } = await import('../server/workers.ts')
  await runWorker()
})

command(
  'demo',
  'run the server with a demo world of REEVE_DEMO_CLIENTS clients, made at the first start',
  'REEVE_DEMO_CLIENTS=5000 reeve demo',
).action(async () => {
  const { runDemo } = await import('../demo/demo.ts')
  await runDemo(readConfig(process.env))
})

command('seed', 'make a demo world of any size in an empty database, and exit', 'reeve seed --clients 1000000')
  .option('--clients <number>', 'clients of the world (default: REEVE_DEMO_CLIENTS, else 1000)', clientsOf)
  .action(async ({ clients }: { clients?: number }) => {
    const { seed } = await import('../demo/demo.ts')
    const config = readConfig(process.env)
    await seed({ ...config, demoClients: clients ?? config.demoClients })
  })

command('migrate', "bring the database's schema up to date, and exit", 'DATABASE_URL=postgres://… reeve migrate').action(async () => {
  const { openForCommand } = await import('./open.ts')
  const { close } = await openForCommand({ say: console.log })
  await close()
  console.log('The schema is up to date.')
})

command(
  'operator',
  'add an operator of the platform and print a password, or print a link for one who lost it',
  'reeve operator --email you@vendor.example',
)
  .addOption(new Option('--email <address>', 'of another operator, whose password is printed once').conflicts('recover'))
  .option('--recover <email>', 'of an operator, for whom a link to a new password is printed')
  .action(async ({ email, recover: lost }: { email?: string; recover?: string }, command: Command) => {
    const { add, recover } = await import('./operators.ts')
    if (lost !== undefined) await recover(lost)
    else if (email !== undefined) await add(email)
    else command.error("error: required option '--email <address>' or '--recover <email>' not specified")
  })

command(
  'reseller',
  'create a reseller with its first user; prints a password once',
  'reeve reseller --name "North Hosting" --email admin@north.example',
)
  .requiredOption('--name <name>', 'name of the reseller')
  .requiredOption('--email <address>', 'its first user, whose password is printed')
  .action(async ({ name, email }: { name: string; email: string }) => {
    const { createTenant } = await import('./tenants.ts')
    await createTenant({ name, email })
  })

command('check', 'compare the lists with the records they are made from, beside a running server', 'reeve check --rebuild')
  .option('--rebuild', 'correct what differs', false)
  .action(async ({ rebuild }: { rebuild: boolean }) => {
    const { check } = await import('./check.ts')
    await check(rebuild)
  })

command('doctor', 'say what is wrong with this installation, and what to do; changes nothing', 'reeve doctor --json')
  .option('--json', 'print the findings as JSON', false)
  .action(async (options: { json: boolean }) => {
    const { doctor } = await import('./doctor/doctor.ts')
    await doctor(options)
  })

command('rotate-keys', 'sign tokens with a new key from now on', 'reeve rotate-keys').action(async () => {
  const { rotateKeys } = await import('./keys.ts')
  await rotateKeys()
})

command(
  'rotate-secret',
  'encrypt the secrets in the database with the second secret, beside running servers',
  'REEVE_SECRET=… REEVE_SECRET_SECOND=… reeve rotate-secret',
).action(async () => {
  const { replaceSecret } = await import('./rotate-secret.ts')
  await replaceSecret()
})

command('saml-keys', 'show the keys of SAML, add one, or retire all but the newest', 'reeve saml-keys --add')
  .option('--add', 'make a key, which is published beside the present one', false)
  .option('--retire', 'use the newest key alone from now on', false)
  .action(async (options: { add: boolean; retire: boolean }) => {
    const { samlKeys } = await import('./saml-keys.ts')
    await samlKeys(options)
  })

command('keys', 'list the keys that sign tokens, and whether the secret of this shell decrypts them', 'reeve keys --remove ID')
  .option('--remove <id>', 'remove a key, such as one that no secret decrypts; the last one that signs stays')
  .action(async ({ remove }: { remove?: string }) => {
    const { listKeys, removeKey } = await import('./keys.ts')
    await (remove === undefined ? listKeys() : removeKey(remove))
  })

command('mail', 'print a mail as it would be sent, with invented names', 'reeve mail --template invitation --lang de')
  .requiredOption('--template <name>', 'which mail')
  .option('--lang <code>', 'its language', 'en')
  .option('--html', 'print the HTML part in place of the text', false)
  .action(async (options: { template: string; lang: string; html: boolean }) => {
    const { previewMail } = await import('../mail/preview.ts')
    process.stdout.write(previewMail(options))
  })

command(
  'psql',
  'open psql on the database, as the role that the server uses; it sees every tenant',
  'reeve psql -c "SELECT id, name FROM resellers"',
)
  .argument('[arguments...]', 'passed on to psql; behind -- where reeve has the same option')
  .allowUnknownOption()
  .action(async (args: string[]) => {
    const { psql } = await import('./psql.ts')
    await psql(args)
  })

command('reset', 'delete the database and everything in it, after asking; secret.key stays', 'reeve reset --yes')
  .option('--yes', 'do not ask', false)
  .option('--database <name>', 'empty the outside database of DATABASE_URL, whose name this must be')
  .action(async (options: { yes: boolean; database?: string }) => {
    const { reset } = await import('./reset.ts')
    await reset(options)
  })

command(
  'dump',
  'write every row of the database to a file, beside a running server',
  'DATABASE_URL=postgres://… reeve dump reeve-$(date +%F).dump',
)
  .argument('<file>', 'which must not exist')
  .action(async (file: string) => {
    const { dump } = await import('./dump.ts')
    await dump(file)
  })

command(
  'backup',
  'take a base backup of the embedded database into REEVE_BACKUP, beside a running server',
  'REEVE_BACKUP=/backups reeve backup',
)
  .option('--list', 'show what can be restored instead', false)
  .action(async ({ list }: { list: boolean }) => {
    const { backup, listBackups } = await import('./backup.ts')
    await (list ? listBackups() : backup())
  })

command(
  'restore',
  'restore a dump into an empty database, or a backup folder into a new REEVE_DATA, and check it',
  'REEVE_DATA=restored reeve restore /backups --at 2026-11-30T02:00:00Z',
)
  .argument('<source>', 'a file of reeve dump, or the folder of REEVE_BACKUP')
  .option('--at <instant>', 'of a backup folder: to this second instead of the last one')
  .action(async (source: string, { at }: { at?: string }, command: Command) => {
    if (statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
      const { restoreFolder } = await import('./backup.ts')
      return restoreFolder(source, at)
    }
    if (at !== undefined) command.error(`error: option '--at <instant>' is for a backup folder, and ${source} is none`)
    const { restore } = await import('./dump.ts')
    await restore(source)
  })

command('openapi', 'print the OpenAPI document', 'reeve openapi --write docs/openapi.json')
  .option('--write <file>', 'write it to this file instead')
  .option('--check <file>', 'fail if this file differs from it')
  .action(async (options: { write?: string; check?: string }) => {
    const { openapi } = await import('./openapi.ts')
    await openapi(options)
  })

function clientsOf(text: string): number {
  const { value, accepts } = readSetting('REEVE_DEMO_CLIENTS', text)
  if (value === fail) throw new InvalidArgumentError(`It takes ${accepts}.`)
  return value
}

/** Runs the command that the arguments name. Invalid arguments print an explanation on stderr and exit with 1. */
export async function runCommand(args: string[]): Promise<void> {
  if (args.length === 0) program.outputHelp()
  else await program.parseAsync(args, { from: 'user' })
}
