/** After a whole run: every status that an operation documents was answered at least once, or test/every-status.missing says so. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openapiDocument } from '../src/server/openapi-document.ts'

/** What nobody can be answered, one `METHOD path status` a line with the reason behind a #. It may only get shorter. */
const missing = new URL('./every-status.missing', import.meta.url)

/** @returns the exit code; what is wrong is said on standard error */
export async function missingStatuses(folder: string): Promise<number> {
  const answered = new Set(readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n')))
  const known = readFileSync(missing, 'utf8')
    .split('\n')
    .map((line) => line.replace(/ *#.*/, ''))
    .filter(Boolean)
  const { paths } = (await openapiDocument()) as { paths: Record<string, Record<string, { responses: object }>> }
  const documented = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { responses }]) =>
      Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
    ),
  )
  const never = documented.filter((one) => !answered.has(one))
  const fresh = never.filter((one) => !known.includes(one))
  const gone = known.filter((one) => !never.includes(one))
  if (fresh.length > 0) console.error(`✖ documented, but no test made the server answer it:\n  ${fresh.join('\n  ')}`)
  if (gone.length > 0) console.error(`✖ answered now: take these out of test/every-status.missing\n  ${gone.join('\n  ')}`)
  if (fresh.length + gone.length === 0)
    console.log(`✔ every documented status was answered (${documented.length - known.length} of ${documented.length})`)
  return fresh.length + gone.length === 0 ? 0 : 1
}
