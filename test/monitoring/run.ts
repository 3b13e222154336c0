/**
 * Holds the alerts and the dashboard against the metrics of a real server: npm run test:monitoring. It starts a demo, makes some load and scrapes
 * it. Each metric, each label and each value that an expression asks for must be there, each metric of ours must be described in the
 * documentation, and promtool (of Debian's package prometheus) checks the metrics, the expressions and the alerts. Without promtool that part is
 * skipped, unless REEVE_MONITORING_STRICT=1.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import type { Showcase } from '../../src/demo/showcase.ts'
import { spawnReeve } from '../command.ts'
import { demoSettings, untilAnswering } from '../demo-server.ts'
import { until } from '../until.ts'

const root = resolve(import.meta.dirname, '../..')
const rulesFile = join(root, 'deploy/prometheus/reeve.rules.yml')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Labels that Prometheus adds itself, and its own metric. */
const ofPrometheus = new Set(['job', 'instance'])
const UP = 'up'
/** The labels of metrics that have no series without a standby; test/standby-reads.test.ts sees them. */
const ofStandbys: Record<string, string[]> = { reeve_replica_reads_total: ['server', 'reason'], reeve_replica_lag_seconds: ['standby'] }

interface Expression {
  where: string
  text: string
}

interface Panel {
  title: string
  id: number
  gridPos: { x: number; y: number; w: number; h: number }
  targets?: { expr: string }[]
}

function expressions(): Expression[] {
  const { groups } = parse(readFileSync(rulesFile, 'utf8')) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, text: expr })))
  assert.ok(alerts.length >= 6)
  const { panels, templating } = JSON.parse(read('deploy/grafana/reeve.json')) as {
    panels: Panel[]
    templating: { list: { name: string }[] }
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, 'panels have ids of their own')
  for (const [n, a] of panels.entries())
    for (const b of panels.slice(n + 1)) assert.ok(!overlap(a.gridPos, b.gridPos), `${a.title} and ${b.title} overlap`)
  const variables = templating.list.map(({ name }) => name)
  const shown = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: `panel ${title}`, text: expr })))
  assert.ok(shown.length > 20)
  for (const { where, text } of shown)
    for (const [, name = ''] of text.matchAll(/\$(\w+)/g))
      assert.ok(name === '__rate_interval' || variables.includes(name), `${where} uses $${name}, which the dashboard does not have`)
  return [...alerts, ...shown].map(({ where, text }) => ({
    where,
    text: text.replaceAll('$__rate_interval', '5m').replace(/\$\w+/g, 'reeve'),
  }))
}

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

type Series = Map<string, Record<string, string>[]>

/** The series of each metric, and the families without any. */
function parseMetrics(text: string): { series: Series; families: Set<string> } {
  const series: Series = new Map()
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const values = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]))
    series.set(name, [...(series.get(name) ?? []), values])
  }
  return { series, families: new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)) }
}

/** Fails where an expression asks for what the server does not export. */
function assertExported({ where, text }: Expression, series: Series, families: Set<string>) {
  const metrics = [...text.matchAll(/\b((?:reeve|http|process|nodejs)_\w+|up\b)(?:\{([^}]*)\})?/g)]
  assert.ok(metrics.length > 0, `${where} asks for no metric`)
  const known = new Set(ofPrometheus)
  for (const [, name = '', selector = ''] of metrics) {
    const there = name === UP ? [{}] : series.get(name)
    const labels = new Set([...ofPrometheus, ...(there ?? []).flatMap(Object.keys), ...(there ? [] : (ofStandbys[name] ?? []))])
    assert.ok(there || (families.has(name) && name in ofStandbys), `${where} asks for ${name}, which the server does not export`)
    for (const label of labels) known.add(label)
    const wanted = [...selector.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)]
    for (const [, label = ''] of wanted) assert.ok(labels.has(label), `${where} asks for the label ${label}, which ${name} has not`)
    for (const [, label = '', is, value] of wanted)
      if (is === '=' && !ofPrometheus.has(label))
        assert.ok(
          there?.some((one: Record<string, string>) => one[label] === value),
          `${where}: no series of ${name} has ${label}="${value}"`,
        )
  }
  for (const [, list = ''] of text.matchAll(/\bby\s*\(([^)]*)\)/g))
    for (const label of list.split(',').map((one) => one.trim()))
      assert.ok(known.has(label), `${where} groups by ${label}, which none of its metrics has`)
}

/** What docs/monitoring.md does not describe, and what it describes that is not there. */
function assertDocumented(families: Set<string>) {
  const text = read('docs/monitoring.md') + read('docs/operations.md')
  const named = new Set([...text.matchAll(/`(reeve_\w+[a-z])(?:\{[\w,]*\})?`/g)].map(([, name = '']) => name))
  const ours = [...families].filter((name) => name.startsWith('reeve_'))
  assert.deepEqual(
    ours.filter((name) => !named.has(name)),
    [],
    'every metric is described in docs/monitoring.md',
  )
  assert.deepEqual(
    [...named].filter((name) => !families.has(name)),
    [],
    'every metric that is described is exported',
  )
  for (const { where } of expressions().filter(({ where }) => where.startsWith('alert ')))
    assert.ok(text.includes(`### ${where.slice('alert '.length)}\n`), `docs/monitoring.md says what to do about ${where}`)
}

/** Starts a demo, asks it a little, and returns its metrics. */
async function scrape(data: string): Promise<string> {
  const child = spawnReeve(['demo'], demoSettings(data, { REEVE_WORKERS: '2' }))
  try {
    await untilAnswering(child)
    const { baseUrl, resellers }: Showcase = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
    const headers = { authorization: `APIKey ${resellers[0]?.token}`, 'content-type': 'application/json', connection: 'close' }
    const ask = (path: string, options: RequestInit = {}) => fetch(baseUrl + path, { headers, ...options }).then((answer) => answer.text())
    for (let n = 0; n < 4; n++) await ask('/iam/clients?limit=5')
    await ask('/iam/clients/999999')
    await ask('/iam/auth/jwt/login', { method: 'POST', body: JSON.stringify({ username: 'nobody@nowhere.example', password: 'wrong' }) })
    return await until(
      'all jobs have run',
      async () => {
        const text = await ask('/metrics')
        return /^reeve_job_last_success_timestamp_seconds\{/m.test(text) && !/^reeve_job_last_success\S+ 0$/m.test(text) && text
      },
      500,
    )
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
  }
}

function promtool(...args: string[]) {
  console.log(`promtool ${args.map((one) => one.replace(`${root}/`, '')).join(' ')}`)
  execFileSync('promtool', args, { stdio: ['ignore', 'inherit', 'inherit'] })
}

const work = mkdtempSync(join(tmpdir(), 'reeve-monitoring-'))
try {
  const text = await scrape(join(work, 'data'))
  const { series, families } = parseMetrics(text)
  const asked = expressions()
  for (const one of asked) assertExported(one, series, families)
  assertDocumented(families)
  console.log(`${families.size} metrics; ${asked.length} expressions of the alerts and the dashboard ask for what is there`)

  if (spawnSync('promtool', ['--version']).error) {
    console.log('SKIPPED promtool, which checks the metrics, the expressions and the alerts: it is not installed (Debian: prometheus)')
    if (process.env.REEVE_MONITORING_STRICT === '1') process.exitCode = 1
  } else {
    execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: ['pipe', 'inherit', 'inherit'] })
    const all = join(work, 'expressions.yml')
    writeFileSync(
      all,
      JSON.stringify({ groups: [{ name: 'all', rules: asked.map(({ text }, n) => ({ record: `reeve:asked${n}`, expr: text })) }] }),
    )
    promtool('check', 'rules', rulesFile, all)
    promtool('test', 'rules', join(root, 'deploy/prometheus/reeve.rules.test.yml'))
  }
} finally {
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
}
