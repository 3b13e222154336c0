/**
 * The list of accounts in a browser: how soon it is there, and how it scrolls, jumps and filters. In Chromium on the same machine as the server, so
 * that both share its cores.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import { chromium } from '../../console/test/chromium.ts'
import { median, quantile } from '../samples.ts'
import type { Measure, World } from '../stage.ts'
import { atLeast, atMost, type Row } from '../table.ts'

const SCROLLING = 10 // seconds
const SPEED = 3000 // px a second: some 80 rows
const LONG = 100 // ms: a task that a person notices
const statuses = ['Trial', 'Active', 'Paused', 'Activating']

export const accountList: Measure = {
  name: 'console',
  async run(world, { rounds }) {
    if (!chromium) {
      console.log('not measured: console, for there is no Chromium (REEVE_CHROMIUM)')
      return []
    }
    if (!existsSync(join(world.program, 'dist/console/index.html'))) {
      console.log('not measured: console, for it is not built (npm run build)')
      return []
    }
    const browser = await driver.launch({ executablePath: chromium, args: ['--no-sandbox', '--enable-precise-memory-info'] })
    try {
      return await measured(world, browser, rounds)
    } finally {
      await browser.close()
    }
  },
}

async function measured(world: World, browser: Browser, rounds: number): Promise<Row[]> {
  const base = world.url.replace('127.0.0.1', 'localhost')
  const page = await (await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 }, locale: 'en' })).newPage()
  await page.addInitScript({ path: join(import.meta.dirname, 'console.page.js') })
  await page.goto('/sign-in')
  const [person] = world.shown.resellers
  const within = <T>(call: string): Promise<T> => page.evaluate(`bench.${call}`)
  const status = await within<number>(`signIn(${JSON.stringify({ username: person?.email, password: person?.password })})`)
  if (status !== 200) throw new Error(`The reseller cannot sign in: ${status}.`)
  const opened: number[] = []
  let assets: string[] = []
  for (let round = 0; round <= rounds; round++) {
    await page.goto('/clients')
    const at = await within<number>('opened()')
    if (round === 0)
      assets = await within<string[]>('assets()') // and the caches of both sides are filled
    else opened.push(at)
  }
  const bytes = gzipped(assets, world.program)
  const about = `of ${world.size} accounts`
  return [
    { work: 'console: script and style of the list, first load', goal: atMost(200), figure: bytes / 1000, unit: 'kB gzipped' },
    { work: `console: list ${about} shown`, goal: atMost(1000), figure: median(opened), unit: 'ms', remark: `median of ${rounds}` },
    ...(await filters(page, about)),
    ...(await jumps(page, about, rounds)),
    ...(await scrolling(page, about)),
  ]
}

/** As gzip has them, whichever compression the browser took. */
const gzipped = (paths: readonly string[], program: string) =>
  [...new Set(paths)].reduce((sum, path) => sum + readFileSync(join(program, 'dist/console', `${path}.gz`)).length, 0)

/** From the click that chooses a value until its rows are painted. */
async function filters(page: Page, about: string): Promise<Row[]> {
  const taken: number[] = []
  for (const product of ['CDN', 'DNS', 'Cloud', 'Storage', 'DDoS protection'])
    for (const status of statuses) {
      await page.getByRole('button', { name: 'Filter', exact: true }).click()
      await page.getByLabel('Find a filter').fill(product)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: status, exact: true }).waitFor()
      taken.push(await page.evaluate(`bench.filter(${JSON.stringify(status)})`))
      await page.getByRole('button', { name: /^Remove the filter/ }).click()
      await page.locator('[role=grid][aria-busy=false]').waitFor()
    }
  const work = `console: a filter ${about} until its rows are painted, p95`
  return [{ work, goal: atMost(150), figure: quantile(taken, 0.95), unit: 'ms', remark: `median ${median(taken).toFixed(0)}` }]
}

/** From the Enter behind a row's number until the row is painted; rows that nobody has asked for. */
async function jumps(page: Page, about: string, rounds: number): Promise<Row[]> {
  const count = Number(await page.getByRole('grid').getAttribute('aria-rowcount')) - 1
  const taken: number[] = []
  for (let round = 0; round < rounds * 2; round++) {
    const row = Math.floor(count / 2) + round * 1000
    await page.getByTitle('Go to row').click()
    await page.getByLabel('Go to row').fill(String(row))
    taken.push(await page.evaluate(`bench.jump(${row - 1})`))
  }
  return [{ work: `console: a jump to the middle ${about}, painted`, goal: atMost(250), figure: median(taken), unit: 'ms' }]
}

interface Frames {
  deltas: number[]
  full: number
  longest: number
}

async function scrolling(page: Page, about: string): Promise<Row[]> {
  const cdp = await page.context().newCDPSession(page)
  const heap = async () => {
    await cdp.send('HeapProfiler.collectGarbage')
    return (await cdp.send('Runtime.getHeapUsage')).usedSize
  }
  await page.keyboard.press('Home')
  await page.locator('[data-index="0"] a').waitFor()
  const before = await heap()
  const frames: Promise<Frames> = page.evaluate(`bench.watch(${SCROLLING * 1000})`)
  const yDistance = -SPEED * (SCROLLING + 1)
  await cdp
    .send('Input.synthesizeScrollGesture', { x: 700, y: 500, yDistance, speed: SPEED, gestureSourceType: 'mouse' })
    .catch(() => undefined)
  const { deltas, full, longest } = await frames
  const grown = ((await heap()) - before) / 1e6
  const work = `console: scrolling ${about} for ${SCROLLING} s`
  return [
    { work: `${work}, frames`, goal: atLeast(55), figure: 1000 / median(deltas.slice(1)), unit: '/s', remark: `${deltas.length} frames` },
    { work: `${work}, frames with all rows`, goal: atLeast(97), figure: (100 * full) / deltas.length, unit: '%' },
    { work: `${work}, longest task`, goal: atMost(LONG), figure: longest, unit: 'ms', remark: longest === 0 ? 'none above 50 ms' : '' },
    { work: `${work}, heap`, goal: atMost(30), figure: grown, unit: 'MB more' },
  ]
}
