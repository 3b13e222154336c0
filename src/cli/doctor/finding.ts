/** What `reeve doctor` finds, and what its checks work with. */
import type { Database } from '../../db/open.ts'
import type { Config } from '../../lib/config.ts'

/** `error`: something does not work, or is lost or disclosed. `warning`: it may become so, or is perhaps not meant. */
export interface Finding {
  severity: 'ok' | 'warning' | 'error'
  what: string
  /** What to do about it. */
  todo?: string
}

export interface Area {
  area: string
  findings: Finding[]
}

export interface Patient {
  config: Config
  database: Database
  /** From the settings or the key files. */
  secrets: { first: string | undefined; second: string | undefined }
}

export const ok = (what: string): Finding => ({ severity: 'ok', what })
export const warning = (what: string, todo: string): Finding => ({ severity: 'warning', what, todo })
export const error = (what: string, todo: string): Finding => ({ severity: 'error', what, todo })

export const howMany = (areas: readonly Area[], wanted: Finding['severity']) =>
  areas.flatMap(({ findings }) => findings).filter(({ severity }) => severity === wanted).length

export const DAY = 86_400_000
export const date = (at: Date) => at.toISOString().slice(0, 10)

/** Such as `3 mails` or `1 mail`. */
export const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`

export function span(seconds: number): string {
  const [unit, n] = seconds < 120 ? ['second', seconds] : seconds < 7200 ? ['minute', seconds / 60] : ['hour', seconds / 3600]
  return count(Math.round(n as number), unit as string)
}

export const size = (bytes: number) => (bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`)
