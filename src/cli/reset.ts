/** The command `reset`: deletes the database after a confirmation. The key and other files of the data folder stay. */
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { hasCluster } from '../db/embedded/cluster.ts'
import { deleteCluster } from '../db/embedded/reset.ts'
import { emptyDatabase } from '../db/reset.ts'
import { keyFile } from '../db/secret-files.ts'
import { readConfig } from '../lib/config.ts'
import { StartupError } from '../lib/startup-error.ts'

export async function reset({ database, yes }: { database?: string; yes: boolean }): Promise<void> {
  const { data, databaseUrl } = readConfig(process.env)
  const confirm = (what: string) => (yes ? Promise.resolve(true) : ask(what))
  if (databaseUrl !== undefined) {
    if (await emptyDatabase(databaseUrl, database, (name) => confirm(`everything in the database ${name}`)))
      console.log(`The database ${database} is empty.`)
    else refuse()
    return
  }
  if (database !== undefined)
    throw new StartupError(
      '--database names an outside database, and DATABASE_URL is not set: without the option the embedded one is deleted.',
    )
  const home = resolve(data)
  if (!hasCluster(home)) return console.log(`There is no database in ${home}.`)
  if (!(await deleteCluster(home, () => confirm(`the database in ${home}`)))) return refuse()
  rmSync(join(home, 'demo.json'), { force: true })
  console.log(`The database in ${home} is deleted.`)
  if (existsSync(keyFile(home))) console.log(`${keyFile(home)} stays: backups of the database need it.`)
}

/** Returns whether the user types "yes". End of input means no. */
async function ask(what: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const ended = new Promise<string>((done) => lines.once('close', () => done('')))
    const answer = await Promise.race([lines.question(`This deletes ${what}, for good. Type "yes" to go on: `), ended])
    return answer.trim() === 'yes'
  } finally {
    lines.close()
  }
}

function refuse(): void {
  console.error('Nothing was deleted. Answer "yes", or give --yes where nobody can answer.')
  process.exitCode = 1
}
