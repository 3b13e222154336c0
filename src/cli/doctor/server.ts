/** The server that should answer at HOST and PORT. */
import manifest from '../../../package.json' with { type: 'json' }
import type { Config } from '../../lib/config.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const PATIENCE = 5000

export async function serverFindings({ host, port }: Pick<Config, 'host' | 'port'>): Promise<Finding[]> {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  const base = `http://${address}:${port}`
  const get = (path: string) => fetch(base + path, { signal: AbortSignal.timeout(PATIENCE), redirect: 'manual' })
  const other = error(`What answers at ${base} is no Reeve.`, 'Stop it, or set PORT to another port.')
  let healthy: Response
  try {
    healthy = await get('/healthz')
  } catch (cause) {
    if ((cause as Error).name === 'TimeoutError')
      return [
        error(`The server at ${base} does not answer within ${PATIENCE / 1000} seconds.`, 'See its log, and start it again if it hangs.'),
      ]
    return [warning(`No server answers at ${base}.`, 'Start it, or set HOST and PORT as for the server.')]
  }
  if (((await healthy.json().catch(() => undefined)) as { status?: string } | undefined)?.status === undefined) return [other]
  const found: Finding[] = []
  const ready = await get('/readyz')
  const state = (await ready.json().catch(() => undefined)) as { warnings?: string[] } & Record<string, unknown>
  if (ready.status !== 200) {
    const lacks = ['database', 'migrated', 'keys'].filter((name) => state?.[name] === false)
    found.push(
      error(
        `The server at ${base} is not ready${lacks.length > 0 ? `: ${lacks.join(', ')}` : ''}.`,
        'See the other findings, and its log.',
      ),
    )
  }
  for (const line of state?.warnings ?? []) found.push(warning(`The server says: ${line}`, 'See the other findings, and its log.'))
  const document = await get('/openapi.json')
  const version = document.ok && ((await document.json().catch(() => undefined)) as { info?: { version?: string } })?.info?.version
  if (version && version !== manifest.version)
    found.push(
      warning(`The server at ${base} is version ${version}, and this is ${manifest.version}.`, 'Start it again with the new version.'),
    )
  return found.length > 0 ? found : [ok(`The server at ${base} is ready${version ? `, version ${version}` : ''}.`)]
}
