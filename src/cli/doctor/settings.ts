/** Settings that are misspelt, refused, or probably not meant. */

import { type Config, unknownSettings, warningsOf } from '../../lib/config.ts'
import { urlsOf } from '../../lib/database-url.ts'
import { isLoopback } from '../../lib/networks.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const isHere = (host: string) => host === 'localhost' || host === '' || isLoopback(host)

export const misspeltSettings = (env: NodeJS.ProcessEnv): Finding[] =>
  unknownSettings(env).map((line) => error(line.replace(/^Warning: /, ''), 'Correct or remove it: it has no effect.'))

export function settingsFindings(config: Config, env: NodeJS.ProcessEnv): Finding[] {
  const { host, url, trustProxy, rates, clock, databaseUrl, replicaUrl } = config
  const found = misspeltSettings(env)
  for (const line of warningsOf(config)) {
    const [what = '', ...todo] = line.split(/(?<=\.) /)
    found.push(warning(what, todo.join(' ')))
  }
  if (url?.startsWith('http:') && !isHere(new URL(url).hostname))
    found.push(
      error(
        `REEVE_URL is ${new URL(url).origin}, so that passwords and tokens travel in the clear.`,
        'Put a proxy with TLS in front, and set REEVE_URL to the https address.',
      ),
    )
  if (url === undefined && !isHere(host))
    found.push(warning(`REEVE_URL is not set, so links in emails lead to http://${host}:${config.port}.`, 'Set it to the public address.'))
  if (trustProxy.some((one) => /\/0$/.test(one)))
    found.push(error('REEVE_TRUST_PROXY trusts everybody, who may then claim any address.', 'Name the addresses of your proxies.'))
  for (const [name, rate] of [
    ['REEVE_RATE_TOKEN', rates.token],
    ['REEVE_RATE_ADDRESS', rates.address],
  ] as const)
    if (rate === 0) found.push(warning(`${name} is 0: there is no limit.`, 'Set a limit, unless a proxy has one.'))
  if (clock) found.push(error('REEVE_CLOCK is set, with which reeve serve does not start.', 'Unset it: it is for the demo.'))
  for (const [name, text, kind] of [
    ['DATABASE_URL', databaseUrl, 'primary'],
    ['DATABASE_REPLICA_URL', replicaUrl, 'standby'],
  ] as const)
    for (const one of (text && urlsOf(text, kind)) || []) {
      const mode = one.searchParams.get('sslmode')
      if (!isHere(one.hostname) && !/^verify-/.test(mode ?? ''))
        found.push(
          warning(
            `${name} connects to ${one.hostname} ${mode ? `with sslmode=${mode}, which checks no certificate` : 'without TLS'}.`,
            'Add ?sslmode=verify-full, unless the network between is yours alone.',
          ),
        )
    }
  return found.length > 0 ? found : [ok('All settings are known and usable.')]
}
