/** The command `check`: prints the differences, and exits with 1 unless they were corrected. */
import { checkReadModel } from '../db/check.ts'
import type { Database } from '../db/open.ts'
import { progressLine } from '../lib/progress.ts'
import { openForCommand } from './open.ts'

export async function check(rebuild: boolean): Promise<void> {
  const { database, close } = await openForCommand()
  try {
    await checkDatabase(database, rebuild)
  } finally {
    await close()
  }
}

export async function checkDatabase({ background }: Pick<Database, 'background'>, rebuild: boolean): Promise<void> {
  const line = progressLine()
  const findings = await checkReadModel(background, { rebuild, progress: line.show })
  line.end()
  for (const { kind, count, first } of findings)
    console.log(`${kind} ${count} (${first.join('; ')}${count > first.length ? '; …' : ''})${rebuild ? ', corrected' : ''}`)
  if (findings.length === 0) console.log('The lists match the records.')
  else if (!rebuild) process.exitCode = 1
}
