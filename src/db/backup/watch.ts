/** What /readyz and /metrics tell of the backup folder. They read the folder, because any process may be asked, and one archives. */
import { Gauge } from 'prom-client'
import { processMetrics } from '../../lib/metrics.ts'
import { type Archived, type Base, DAY, listBases, rangeOf, readArchived } from './folder.ts'

export interface BackupWatch {
  /** What an operator must know, without the name of the folder. */
  warnings(): Promise<string[]>
}

const FRESH = 5000
/** Milliseconds without news after which archiving counts as failing. */
const LATE = 60_000

/** @param fresh milliseconds for which an answer is used */
export function watchBackup(folder: string, fresh = FRESH): BackupWatch {
  let asked: { at: number; state: Promise<State> } | undefined
  const state = () => {
    if (asked === undefined || performance.now() - asked.at >= fresh) asked = { at: performance.now(), state: readState(folder) }
    return asked.state
  }
  gauge('reeve_backup_archived_timestamp_seconds', 'Everything committed before is archived.', async () => (await state()).archived?.at)
  gauge('reeve_backup_base_timestamp_seconds', 'When the last base backup was taken.', async () => (await state()).base?.from)
  return { warnings: async () => (await state()).warnings }
}

interface State {
  archived?: Archived | undefined
  base?: Base | undefined
  warnings: string[]
}

async function readState(folder: string): Promise<State> {
  try {
    const all = await readArchived(folder)
    const archived = all.toSorted((a, b) => a.at.getTime() - b.at.getTime()).at(-1)
    const base = (await listBases(folder)).findLast((one) => one.timeline === archived?.timeline)
    const reaches = archived && base && (await rangeOf(folder, base, all)).end >= archived.lsn
    const late = archived === undefined || Date.now() - archived.at.getTime() > LATE
    const old = base !== undefined && Date.now() - base.from.getTime() > 2 * DAY
    const warnings = [
      ...(late ? [`Backup: no WAL is archived ${archived ? `since ${archived.at.toISOString()}` : 'yet'}. The log says why.`] : []),
      ...(reaches ? [] : ['Backup: there is no base backup yet from which the present state can be restored.']),
      ...(old ? [`Backup: the last base backup is of ${base.from.toISOString()}. The log says why.`] : []),
    ]
    return { archived, base, warnings }
  } catch (error) {
    return { warnings: [`Backup: the folder cannot be read (${(error as NodeJS.ErrnoException).code ?? 'damaged'}).`] }
  }
}

function gauge(name: string, help: string, when: () => Promise<Date | undefined>) {
  new Gauge({
    name,
    help,
    registers: [processMetrics],
    aggregator: 'max', // every process reads the same folder
    async collect() {
      const date = await when()
      if (date === undefined) this.remove()
      else this.set(date.getTime() / 1000)
    },
  })
}
