/** What goes wrong, one kind after the other: how it is brought about, and how what was lost comes back. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../until.ts'
import type { Machine } from './machine.ts'
import { isReady, type Stack } from './stack.ts'

export interface Round {
  /** The one that may have been a primary without a lock, and comes back. */
  old: Machine
  /** Those of which one becomes, or stays, the primary. */
  heirs: Machine[]
  /** Brings back what was lost, once writes go on. */
  mend(): Promise<void>
}

export interface Kind {
  title: string
  /** Whether another machine becomes the primary. */
  fails: 'over' | 'not'
  /** Seconds from the beginning until writes go on that we aim at. */
  aim: number
  begin(stack: Stack): Promise<Round>
}

const others = (stack: Stack, ...not: Machine[]) => stack.machines.filter((one) => !not.includes(one))
const PAUSE = 1000

/** Until then commits wait for the one that is lost. */
const anotherInstead = (leader: Machine, lost: Machine) =>
  until('another standby is synchronous', async () => {
    const rows = await leader.ask(`SELECT application_name AS name FROM pg_stat_replication WHERE sync_state = 'sync'`, 'postgres')
    return rows.some(({ name }) => name !== lost.name)
  })

export const kinds = {
  kill: {
    title: 'the primary is killed, with its Patroni',
    fails: 'over',
    aim: 20,
    async begin(stack) {
      const old = await stack.leader()
      old.signal('SIGKILL')
      return { old, heirs: others(stack, old), mend: async () => old.start() }
    },
  },
  switchover: {
    title: 'planned switchover',
    fails: 'over',
    aim: 3,
    async begin(stack) {
      const [old, to] = [await stack.leader(), await stack.synchronous()]
      await stack.switchover(old, to)
      return { old, heirs: [to], mend: async () => {} }
    },
  },
  standby: {
    title: 'the synchronous standby is killed',
    fails: 'not',
    aim: 10,
    async begin(stack) {
      const [leader, old] = [await stack.leader(), await stack.synchronous()]
      old.signal('SIGKILL')
      await anotherInstead(leader, old)
      return { old, heirs: [leader], mend: async () => old.start() }
    },
  },
  diverged: {
    title: 'the primary lives on without Patroni, and writes what nobody else has',
    fails: 'over',
    aim: 20,
    async begin(stack) {
      const old = await stack.leader()
      const heirs = others(stack, old)
      old.signal('SIGKILL', 'patroni')
      return {
        old,
        heirs,
        async mend() {
          await old.ask('SET synchronous_commit = local; CREATE TABLE diverged AS SELECT generate_series(1, 1000) AS n')
          old.signal('SIGKILL')
          const said = old.log().length
          old.start()
          await stack.whole()
          assert.match(old.log(said), /running pg_rewind/, 'the old primary was not rewound')
          for (const machine of stack.machines) {
            const [row] = await machine.ask(`SELECT to_regclass('diverged') AS there`)
            assert.equal(row?.there, null, `${machine.name} has what was never acknowledged`)
          }
        },
      }
    },
  },
  frozen: {
    title: 'the machine of the primary hangs: connections stay open, nothing answers',
    fails: 'over',
    aim: 20,
    async begin(stack) {
      const old = await stack.leader()
      old.signal('SIGSTOP')
      return {
        old,
        heirs: others(stack, old),
        // Reset, as by a watchdog. If it went on instead, Patroni 3.0 could take the lock back from the new primary (etcd3.py puts it without
        // comparing), and what that one had acknowledged would be gone.
        async mend() {
          old.signal('SIGKILL')
          old.start()
        },
      }
    },
  },
  'standby hangs': {
    title: 'the machine of the synchronous standby hangs',
    fails: 'not',
    aim: 15,
    async begin(stack) {
      const [leader, old] = [await stack.leader(), await stack.synchronous()]
      old.signal('SIGSTOP')
      await anotherInstead(leader, old)
      return { old, heirs: [leader], mend: async () => old.signal('SIGCONT') }
    },
  },
  etcd: {
    title: 'all of etcd is away for 25 s',
    fails: 'not',
    aim: 1,
    async begin(stack) {
      const leader = await stack.leader()
      for (const { child } of stack.etcd) child.kill('SIGKILL')
      await delay(25_000)
      for (const one of stack.etcd) one.start()
      return { old: leader, heirs: [leader], mend: async () => {} }
    },
  },
  reeve: {
    title: 'a server of Reeve is killed',
    fails: 'not',
    aim: 1,
    async begin(stack) {
      const leader = await stack.leader()
      const server = stack.servers[0]
      assert.ok(server)
      server.child.kill('SIGKILL')
      await delay(PAUSE)
      const mend = async () => {
        server.start()
        await until('it is ready again', () => isReady(server.url))
      }
      return { old: leader, heirs: [leader], mend }
    },
  },
} satisfies Record<string, Kind>

export type Name = keyof typeof kinds

/** Each once, those first that CI has time for; then the first ones more often. */
const order: Name[] = ['kill', 'switchover', 'standby', 'diverged', 'frozen', 'standby hangs', 'etcd', 'reeve']
const again: Name[] = ['kill', 'switchover', 'kill', 'diverged', 'frozen', 'standby']
export const plan = (rounds: number): Name[] =>
  Array.from({ length: rounds }, (_, n) => order[n] ?? (again[(n - order.length) % again.length] as Name))
