/** How much a browser loads before a page can be used: scripts and styles, as gzip makes them. */
import assert from 'node:assert/strict'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openConsole, type Who } from './browser.ts'

const dist = join(import.meta.dirname, '../../dist/console')
const kB = 1000
const size = (asset: string) => statSync(join(dist, `${asset}.gz`)).size

/** Sums what a page loads until it is quiet. */
async function loaded(t: TestContext, path: string, as?: Who): Promise<number> {
  const page = await openConsole(t, { path: '/sign-in', ...(as && { as }) })
  const assets = new Set<string>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (/^\/assets\/.*\.(js|css)$/.test(pathname)) assets.add(pathname)
  })
  await page.goto(path)
  await page.locator('h1').waitFor()
  await page.waitForLoadState('networkidle')
  return [...assets].reduce((sum, asset) => sum + size(asset), 0)
}

test('the sign-in page loads at most 75 kB', async (t) => {
  const sum = await loaded(t, '/sign-in')
  assert.ok(sum > 0 && sum <= 75 * kB, `${sum} bytes: load later what the first sight does not need`)
})

test('the list of accounts loads at most 200 kB', async (t) => {
  const sum = await loaded(t, '/clients', 'reseller')
  assert.ok(sum > 0 && sum <= 200 * kB, `${sum} bytes: load menus, dialogs and charts when they are opened`)
})

test('no chunk but the first is over 40 kB', () => {
  const first = /^assets\/index-[^/]*\.js$/
  const large = globSync('assets/*.js', { cwd: dist }).filter((asset) => !first.test(asset) && size(asset) > 40 * kB)
  assert.deepEqual(large, [])
})
