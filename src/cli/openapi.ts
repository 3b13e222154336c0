/** The command `openapi`: prints the OpenAPI document, writes it to a file, or compares a file with it. */
import { readFile, writeFile } from 'node:fs/promises'
import { StartupError } from '../lib/startup-error.ts'
import { openapiDocument } from '../server/openapi-document.ts'

export async function openapi({ write, check }: { write?: string; check?: string }): Promise<void> {
  const text = `${JSON.stringify(await openapiDocument(), null, 2)}\n`
  if (write) await writeFile(write, text)
  else if (!check) process.stdout.write(text)
  else if ((await readFile(check, 'utf8').catch(() => '')) !== text)
    throw new StartupError(`${check} differs from the routes: run npm run openapi.`)
}
