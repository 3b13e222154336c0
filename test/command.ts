/** Runs the real command, as a person does. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const program = resolve(import.meta.dirname, '../bin/reeve.mjs')

/** The environment of a person who has set nothing but `settings`. `of` is the program of another version. */
export function spawnReeve(args: string[], settings: Record<string, string> = {}, cwd?: string, of = program) {
  const { PATH = '', HOME = '' } = process.env
  return spawn(process.execPath, [of, ...args], { env: { PATH, HOME, ...settings }, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Runs it to its end. `input` is what the person types. */
export async function reeve(args: string[], settings: Record<string, string> = {}, input = '') {
  const child = spawnReeve(args, settings)
  child.stdin.on('error', () => {}).end(input)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code: code as number | null, stdout, stderr }
}
