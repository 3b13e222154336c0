/** What a service can become. The server decides; this says it beforehand. */
import type { Service, ServiceOption } from '../../../api/types.ts'
import type { ServiceStatus } from '../../../lib/words.ts'

export { durations, inUse, transitions } from './server-rules.ts'

import { durations } from './server-rules.ts'

const DAY = 86_400_000
export const dayOf = (start: string, days: number) => new Date(start).getTime() + days * DAY

/** Returns how long a service stays in a status, with the setting that says so; undefined where no time is set. */
export function optionOf(service: Service, status: ServiceStatus = service.status): { option: ServiceOption; days: number } | undefined {
  const duration = durations[status]
  if (!duration) return undefined
  const { usual, ...described } = duration
  const option = service.status_transition_options.find(({ name }) => name === duration.name) ?? {
    ...described,
    id: null,
    value: String(usual(service.name)),
    value_type: 'int' as const,
  }
  return { option, days: Number(option.value) }
}
