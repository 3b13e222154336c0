/** What the server says of itself at addresses that need no session, or that only the machine itself and monitoring may read. */

export interface Readiness {
  /** Whether it takes requests. */
  ready: boolean
  database: boolean
  migrated: boolean
  keys: boolean
  warnings: string[]
}

/** 503 with the same body if the server is not ready. */
export async function readiness(signal: AbortSignal): Promise<Readiness> {
  const response = await fetch('/readyz', { signal })
  return { ready: response.ok, ...(await response.json()) }
}

export async function version(signal: AbortSignal): Promise<string> {
  const { info } = await (await fetch('/openapi.json', { signal })).json()
  return info.version
}

export interface Job {
  name: string
  done: number
  failed: number
  /** Seconds, on average. */
  duration: number
}
export interface Metrics {
  /** Milliseconds since the epoch. */
  startedAt: number | undefined
  memory: number | undefined
  jobs: Job[]
}

/** @returns null if this browser may not read them */
export async function metrics(signal: AbortSignal): Promise<Metrics | null> {
  const response = await fetch('/metrics', { signal })
  return response.ok ? read(await response.text()) : null
}

export function read(text: string): Metrics {
  const jobs = new Map<string, { done: number; failed: number; seconds: number }>()
  const of = (labels: string) => {
    const name = /job="([^"]*)"/.exec(labels)?.[1] ?? ''
    const job = jobs.get(name) ?? { done: 0, failed: 0, seconds: 0 }
    jobs.set(name, job)
    return job
  }
  for (const [, part, labels = '', value] of text.matchAll(/^reeve_job_duration_seconds_(sum|count)\{(.*)\} (\S+)$/gm)) {
    if (part === 'sum') of(labels).seconds += Number(value)
    else of(labels)[labels.includes('outcome="done"') ? 'done' : 'failed'] += Number(value)
  }
  const figure = (name: string) => {
    const value = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]
    return value === undefined ? undefined : Number(value)
  }
  const started = figure('process_start_time_seconds')
  return {
    startedAt: started === undefined ? undefined : started * 1000,
    memory: figure('process_resident_memory_bytes'),
    jobs: [...jobs].map(([name, { done, failed, seconds }]) => ({ name, done, failed, duration: seconds / Math.max(done + failed, 1) })),
  }
}
