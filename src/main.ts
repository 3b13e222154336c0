/** The command line: warns of unknown settings, runs one command, and prints why it failed. */
import { runCommand } from './cli/program.ts'
import { unknownSettings } from './lib/config.ts'
import { StartupError } from './lib/startup-error.ts'

const args = process.argv.slice(2)
try {
  // The doctor has them among its findings.
  if (args[0] !== 'worker' && args[0] !== 'doctor') for (const warning of unknownSettings(process.env)) console.error(warning)
  await runCommand(args)
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error)
  process.exit(1)
}
