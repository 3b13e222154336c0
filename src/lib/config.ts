/** Reads the server's settings from the environment. An invalid value names its variable and says what it accepts. */
import { isIP } from 'node:net'
import { relative, resolve } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { type MovedClock, readMovedClock } from './clock.ts'
import { urlsOf } from './database-url.ts'
import { isLoopback, isNetwork } from './networks.ts'
import { StartupError } from './startup-error.ts'

export interface Rates {
  /** Requests per minute of one credential, and of one address; 0 for no limit. */
  token: number
  address: number
  /** Rejected changes per minute of one credential that are recorded individually; no limit if left out. */
  refused?: number
  /** A clock in milliseconds; the machine's if left out. */
  now?: () => number
}

/** Days that each is kept after its end; 0 for ever. */
export interface Retention {
  sessions: number
  links: number
  mails: number
  logs: number
}

/** Where the embedded database is backed up, and the days within which it can be restored to any second; 0 for all. */
export interface Backup {
  folder: string
  days: number
}

export interface Config {
  host: string
  port: number
  /** Folder of the embedded database, the key file and demo.json. */
  data: string
  /** Outside PostgreSQL instead of the embedded one. */
  databaseUrl: string | undefined
  /** Of the embedded database. */
  backup: Backup | undefined
  /** Standbys of that PostgreSQL, for reads. */
  replicaUrl: string | undefined
  /** Database connections for requests, of all processes together; internal work opens more (db/open.ts). */
  connections: number
  /** Encrypts the secrets in the database; without it, a key file in the data folder does. */
  secret: string | undefined
  /** Decrypts too, while the secret is replaced. */
  secretSecond: string | undefined
  logLevel: LogLevel
  /** Addresses and networks of the proxies whose X-Forwarded-For is trusted. */
  trustProxy: string[]
  /** Requests per minute of one credential and of one address; 0 for no limit. */
  rates: Rates
  /** Seconds from SIGTERM for which requests are still served, while /readyz tells load balancers to send no more. */
  drainSeconds: number
  /** Processes that serve the port. */
  workers: number
  /** Public address of this server; undefined for the one it listens at. */
  url: string | undefined
  /** Public address for users of a reseller with a domain, with `{domain}` in it. */
  brandUrl: string | undefined
  /** The mail server for resellers without their own. */
  smtpUrl: string | undefined
  /** Sender of mails through that server. */
  mailFrom: string | undefined
  /** Private networks in which resellers' mail servers and identity providers may be. */
  outgoingNetworks: string[]
  /** Opens /metrics and /docs to other machines. */
  metricsToken: string | undefined
  demoClients: number
  demoSeed: number
  /** Replaces the machine's clock, for the demo only. */
  clock: MovedClock | undefined
  /** How long data is kept that is no longer needed. */
  keep: Retention
  /** Days until a password expires. */
  passwordDays: number | undefined
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
type LogLevel = (typeof logLevels)[number]

const NETWORKS = 'networks separated by commas, such as 10.0.0.0/8'
const SECRET = 'at least 32 characters'
const KEPT = 'a number of days from 0 (for ever) to 36500'

/** Stands for a value that is not accepted. */
export const fail = Symbol('not accepted')

const settings = {
  HOST: { default: '127.0.0.1', accepts: 'an address or host name to listen on', read: (v: string) => v },
  PORT: { default: '8080', accepts: 'a whole number from 0 to 65535 (0 takes a free port)', read: whole(0, 65_535) },
  REEVE_DATA: { default: './data', accepts: 'a folder', read: (v: string) => v },
  DATABASE_URL: {
    default: '',
    accepts:
      'a URL such as postgres://user:password@host:5432/database, with host1:5432,host2:5432 for several servers, and with no ' +
      'target_session_attrs but primary, since Reeve writes',
    read: (v: string) => (v === '' ? undefined : urlsOf(v) ? v : fail),
  },
  DATABASE_REPLICA_URL: {
    default: '',
    accepts:
      'a URL of standbys such as postgres://user:password@host1:5432,host2:5432/database, with no target_session_attrs but standby, ' +
      'beside a DATABASE_URL',
    read: (v: string) => (v === '' ? undefined : urlsOf(v, 'standby') ? v : fail),
  },
  REEVE_BACKUP: { default: '', accepts: 'a folder', read: (v: string) => (v === '' ? undefined : v) },
  REEVE_BACKUP_KEEP: { default: '7', accepts: KEPT, read: whole(0, 36_500) },
  REEVE_CONNECTIONS: { default: '20', accepts: 'a whole number from 2 to 1000', read: whole(2, 1000) },
  REEVE_SECRET: { default: '', accepts: SECRET, read: readSecret },
  REEVE_SECRET_SECOND: { default: '', accepts: SECRET, read: readSecret },
  REEVE_LOG: {
    default: 'info',
    accepts: `one of ${logLevels.join(', ')}`,
    read: (v: string) => logLevels.find((level) => level === v) ?? fail,
  },
  REEVE_TRUST_PROXY: {
    default: '',
    accepts: 'addresses or networks separated by commas, such as 10.0.0.0/8',
    read: (v: string) => {
      const proxies = v === '' ? [] : v.split(',').map((part) => part.trim())
      return proxies.every((one) => isIP(one) !== 0 || isNetwork(one)) ? proxies : fail
    },
  },
  REEVE_RATE_TOKEN: { default: '1200', accepts: 'a whole number from 0 to 1000000000 (0 is no limit)', read: whole(0, 1_000_000_000) },
  REEVE_RATE_ADDRESS: { default: '3000', accepts: 'a whole number from 0 to 1000000000 (0 is no limit)', read: whole(0, 1_000_000_000) },
  REEVE_WORKERS: { default: '1', accepts: 'a whole number from 1 to 64', read: whole(1, 64) },
  REEVE_DRAIN_SECONDS: { default: '0', accepts: 'a whole number from 0 to 300', read: whole(0, 300) },
  REEVE_URL: { default: '', accepts: 'an address such as https://id.vendor.example', read: httpUrl },
  REEVE_BRAND_URL: {
    default: '',
    accepts: 'an address with {domain} in it, such as https://auth.{domain}',
    read: (v: string) =>
      v === '' ? undefined : v.includes('{domain}') && httpUrl(v.replaceAll('{domain}', 'a.example')) !== fail ? v : fail,
  },
  SMTP_URL: {
    default: '',
    accepts: 'a URL such as smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host',
    read: (v: string) =>
      v === '' ? undefined : URL.canParse(v) && /^smtps?:$/.test(new URL(v).protocol) && new URL(v).hostname ? v : fail,
  },
  REEVE_MAIL_FROM: {
    default: '',
    accepts: 'an email address',
    read: (v: string) => (v === '' ? undefined : /^[^\s@<>]+@[^\s@<>]+$/.test(v) ? v : fail),
  },
  REEVE_OUTGOING_NETWORKS: { default: '', accepts: NETWORKS, read: readNetworks },
  // Its name while mail servers were the only hosts that tenants name.
  REEVE_SMTP_NETWORKS: { default: '', accepts: NETWORKS, read: readNetworks },
  REEVE_METRICS_TOKEN: {
    default: '',
    accepts: 'at least 16 characters without spaces',
    read: (v: string) => (v === '' ? undefined : /^\S{16,}$/.test(v) ? v : fail),
  },
  REEVE_KEEP_SESSIONS: { default: '30', accepts: KEPT, read: whole(0, 36_500) },
  REEVE_KEEP_LINKS: { default: '30', accepts: KEPT, read: whole(0, 36_500) },
  REEVE_KEEP_MAILS: { default: '90', accepts: KEPT, read: whole(0, 36_500) },
  REEVE_KEEP_LOGS: { default: '400', accepts: KEPT, read: whole(0, 36_500) },
  REEVE_PASSWORD_DAYS: {
    default: '',
    accepts: 'a number of days from 30 to 180',
    read: (v: string) => (v === '' ? undefined : whole(30, 180)(v)),
  },
  REEVE_DEMO_CLIENTS: { default: '1000', accepts: 'a whole number from 20 to 10000000', read: whole(20, 10_000_000) },
  REEVE_CLOCK: {
    default: '',
    accepts: 'an instant such as 2026-03-01T12:00:00Z, a speed such as x86400 (a day a second), or both with a space between',
    read: (v: string) => (v === '' ? undefined : (readMovedClock(v) ?? fail)),
  },
  REEVE_DEMO_SEED: { default: '1', accepts: 'a whole number from 0 to 4294967295', read: whole(0, 4_294_967_295) },
}

function whole(least: number, most: number) {
  return (value: string) => (/^\d{1,10}$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : fail)
}

function httpUrl(value: string) {
  if (value === '') return undefined
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : fail
}

function readSecret(value: string) {
  return value === '' ? undefined : value.length >= 32 ? value : fail
}

function readNetworks(value: string) {
  const networks = value === '' ? [] : value.split(',').map((part) => part.trim())
  return networks.every((one) => isNetwork(one)) ? networks : fail
}

type Setting = keyof typeof settings
type Accepted<K extends Setting> = Exclude<ReturnType<(typeof settings)[K]['read']>, typeof fail>

/** Returns the value of one setting, or `fail`, and a description of what it accepts. */
export function readSetting<K extends Setting>(name: K, text: string) {
  const { accepts, read } = settings[name]
  return { value: (read as (text: string) => unknown)(text) as Accepted<K> | typeof fail, accepts }
}

/** REEVE_ names that are no settings: those of tests, and those that Kubernetes sets for a service called reeve. */
const notSettings = /^REEVE_(TEST_\w+|CRASHES|RUNS|SEED|SDK_STRICT|CONTRACT|SERVICE_\w+|PORT_\d+_\w+)$/
const MISSPELT = 3 // letters

/** Returns a warning for each REEVE_ variable that is no setting, with the setting that may be meant. */
export function unknownSettings(env: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(settings)
  return Object.entries(env)
    .filter(
      ([name, value]) => name.startsWith('REEVE_') && !names.includes(name) && !notSettings.test(name) && !/^\w+:\/\//.test(value ?? ''),
    )
    .map(([name]) => {
      const bare = name.slice('REEVE_'.length)
      const meant = names.includes(bare) ? bare : closest(name, names)
      return `Warning: ${name} is not a setting${meant === bare || distance(name, meant) <= MISSPELT ? `; did you mean ${meant}?` : '.'}`
    })
}

/**
 * @param env the environment; an empty variable counts as absent
 * @throws StartupError naming every invalid variable, without its value, which may be a secret
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const wrong: string[] = []
  const setting = <K extends Setting>(name: K) => {
    const { value, accepts } = readSetting(name, env[name] || settings[name].default)
    if (value === fail) wrong.push(`${name} is not usable: it takes ${accepts}.`)
    return value as Accepted<K>
  }
  const [backup, days] = [setting('REEVE_BACKUP'), setting('REEVE_BACKUP_KEEP')]
  const config: Config = {
    host: setting('HOST'),
    port: setting('PORT'),
    data: setting('REEVE_DATA'),
    databaseUrl: setting('DATABASE_URL'),
    backup: backup === undefined ? undefined : { folder: backup, days },
    replicaUrl: setting('DATABASE_REPLICA_URL'),
    connections: setting('REEVE_CONNECTIONS'),
    secret: setting('REEVE_SECRET'),
    secretSecond: setting('REEVE_SECRET_SECOND'),
    logLevel: setting('REEVE_LOG'),
    trustProxy: setting('REEVE_TRUST_PROXY'),
    rates: { token: setting('REEVE_RATE_TOKEN'), address: setting('REEVE_RATE_ADDRESS') },
    drainSeconds: setting('REEVE_DRAIN_SECONDS'),
    workers: setting('REEVE_WORKERS'),
    url: setting('REEVE_URL'),
    brandUrl: setting('REEVE_BRAND_URL'),
    smtpUrl: setting('SMTP_URL'),
    mailFrom: setting('REEVE_MAIL_FROM'),
    outgoingNetworks: [setting('REEVE_OUTGOING_NETWORKS'), setting('REEVE_SMTP_NETWORKS')].flat(),
    metricsToken: setting('REEVE_METRICS_TOKEN'),
    demoClients: setting('REEVE_DEMO_CLIENTS'),
    demoSeed: setting('REEVE_DEMO_SEED'),
    clock: setting('REEVE_CLOCK'),
    passwordDays: setting('REEVE_PASSWORD_DAYS'),
    keep: {
      sessions: setting('REEVE_KEEP_SESSIONS'),
      links: setting('REEVE_KEEP_LINKS'),
      mails: setting('REEVE_KEEP_MAILS'),
      logs: setting('REEVE_KEEP_LOGS'),
    },
  }
  if (config.replicaUrl !== undefined && !env.DATABASE_URL)
    wrong.push('DATABASE_REPLICA_URL needs a DATABASE_URL: the embedded database has no standbys.')
  if (backup !== undefined && env.DATABASE_URL)
    wrong.push('REEVE_BACKUP is for the embedded database: docs/backup.md says how to back up the one of DATABASE_URL.')
  if (backup !== undefined && !relative(resolve(config.data), resolve(backup)).startsWith('..'))
    wrong.push('REEVE_BACKUP lies in REEVE_DATA, and would be lost with it: set it to a folder elsewhere, best on another disk.')
  if (wrong.length > 0) throw new StartupError(wrong.join('\n'))
  return config
}

/** Database connections for requests of each process. */
export const shareOf = ({ connections, workers }: Pick<Config, 'connections' | 'workers'>) =>
  workers > 1 ? Math.max(2, Math.ceil(connections / workers)) : connections

/** Returns warnings about valid settings that are probably not intended. */
export function warningsOf({ host, url, trustProxy }: Pick<Config, 'host' | 'url' | 'trustProxy'>): string[] {
  const isPublic = !(host === 'localhost' || isLoopback(host)) || url?.startsWith('https:')
  if (!isPublic || trustProxy.length > 0) return []
  return [
    'REEVE_TRUST_PROXY is not set. If a proxy stands in front, set it to the address of the proxy: until then everybody behind it counts as one in limits and logs.',
  ]
}
