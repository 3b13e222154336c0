/** How long a start takes, from the command to the first 200 of /readyz. */
import { join } from 'node:path'
import { startChild } from '../children.ts'
import { median } from '../samples.ts'
import { type Measure, type Stage, startServer, type World } from '../stage.ts'
import { atMost, type Row } from '../table.ts'

export const starts: Measure = {
  name: 'first answer',
  async run(world, stage) {
    const whose = world === stage.ours ? 'ours' : 'other'
    const kept = join(stage.folder, `kept-${whose}`)
    const [fresh, again, bare]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < Math.min(stage.rounds, 3); round++) {
      const data = round === 0 ? kept : join(stage.folder, `fresh-${round}-${whose}`)
      fresh.push(await start(world, data))
      again.push(await start(world, kept))
      bare.push(await startBare(stage))
    }
    const row = (work: string, goal: number, figure: number): Row => ({
      work,
      goal: atMost(goal),
      figure,
      unit: 's',
      ceiling: { figure: median(bare) / 1000, what: 'bare node:http' },
    })
    return [
      row('first answer, fresh embedded database', 4, median(fresh) / 1000),
      row('first answer, started again', 1.2, median(again) / 1000),
      row(`first answer, started again with ${world.clients.toLocaleString('en')} clients`, 1.2, world.started / 1000),
    ]
  },
}

async function start({ program }: World, data: string): Promise<number> {
  const began = performance.now()
  const { child } = await startServer(program, data)
  const took = performance.now() - began
  await child.stop()
  return took
}

async function startBare({ folder }: Stage): Promise<number> {
  const began = performance.now()
  const child = startChild(join(folder, 'bare.log'), [join(import.meta.dirname, '../bare-server.ts'), '/dev/null'])
  await fetch(await child.said(/http:\S+/))
  const took = performance.now() - began
  await child.stop()
  return took
}
