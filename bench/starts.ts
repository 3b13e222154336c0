/** How long a start takes, from the command to the first 200 of /readyz. */
import { join } from 'node:path'
import { type Child, startChild } from './children.ts'
import { type Measure, median, root, type Stage, startServer } from './stage.ts'

/** On a new folder every round, or `again` on one that was stopped in order. */
export function starts(what: string, { again }: { again: boolean }): Measure {
  return {
    name: what,
    async run(stage) {
      const shared = join(stage.folder, 'started')
      if (again) await (await startServer(root, shared)).child.stop()
      const [ours, bare]: [number[], number[]] = [[], []]
      for (let round = 0; round < stage.rounds; round++) {
        const data = again ? shared : join(stage.folder, `fresh-${round}`)
        ours.push(await time(async () => (await startServer(root, data)).child))
        bare.push(await time(() => bareServer(stage)))
      }
      return [{ what, unit: 'ms to /readyz', ours: median(ours), ceiling: median(bare), against: 'bare node:http, to its first answer' }]
    },
  }
}

async function time(start: () => Promise<Child>): Promise<number> {
  const began = performance.now()
  const child = await start()
  const took = performance.now() - began
  await child.stop()
  return took
}

async function bareServer({ folder }: Stage): Promise<Child> {
  const child = startChild(join(folder, 'bare.log'), [join(import.meta.dirname, 'bare-server.ts'), '/dev/null'])
  await fetch(await child.said(/http:\S+/))
  return child
}
