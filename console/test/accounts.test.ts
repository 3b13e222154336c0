/** The list of accounts, by mouse, by keyboard and on a telephone. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { ask, assertAccessible, openConsole } from './browser.ts'

const position = (page: Page) => page.getByTitle('Go to row')
const row = (page: Page, index: number) => page.locator(`[data-index="${index}"]`)
const active = (page: Page) => page.getByRole('grid').getAttribute('aria-activedescendant')
const addressed = (page: Page) => new URL(page.url()).searchParams
const counted = async (query: string) => (await ask('reseller', 'GET', `/iam/clients?limit=0&${query}`)).body.count as number

/** Answers GET /iam/clients with a million accounts that differ in their ids alone. */
async function pretendMillion(page: Page) {
  const template = (await ask('reseller', 'GET', '/iam/clients?limit=1')).body.results[0]
  await page.route('**/iam/clients?*', (route) => {
    const query = new URL(route.request().url()).searchParams
    const offset = Number(query.get('offset'))
    const length = Math.max(0, Math.min(Number(query.get('limit')), 1_000_000 - offset))
    const results = Array.from({ length }, (_, index) => ({
      ...template,
      id: offset + index + 1,
      companyName: `Company ${offset + index + 1}`,
    }))
    return route.fulfill({ json: { count: 1_000_000, next: null, previous: null, results } })
  })
}

test('the total is exact, rows are few elements, and a position is reached by typing it', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients' })
  const count = await counted('deleted=false')
  await position(page).getByText(count.toLocaleString('en'), { exact: true }).waitFor()
  assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), String(count + 1))
  assert.ok((await page.locator('[data-index]').count()) < 60)
  await page.keyboard.press('g')
  await page.keyboard.type('120')
  await page.keyboard.press('Enter')
  await position(page).getByText(/^120–/).waitFor()
  await row(page, 119).getByRole('link').waitFor()
  await page.waitForURL(/at=120/)
  await page.reload()
  await position(page).getByText(/^120–/).waitFor()
})

test('a million rows: each end, any row, a wheel and the thumb', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/profile', expects: /404/ })
  await pretendMillion(page)
  await page.goto('/clients')
  await row(page, 0).getByText('Company 1', { exact: true }).waitFor()
  await page.getByRole('grid').focus()
  await page.keyboard.press('End')
  await row(page, 999_999).getByText('Company 1000000', { exact: true }).waitFor()
  await position(page)
    .getByText(/–1,000,000 of/)
    .waitFor()
  await page.keyboard.press('k')
  assert.equal(await active(page), 'row-999998')
  await page.keyboard.press('g')
  await page.keyboard.type('500000')
  await page.keyboard.press('Enter')
  await row(page, 499_999).getByText('Company 500000', { exact: true }).waitFor()
  const box = (await page.getByRole('grid').boundingBox()) ?? assert.fail()
  await page.mouse.move(box.x + 300, box.y + 300)
  await page.mouse.wheel(0, 360)
  await position(page)
    .getByText(/^500,01\d–/)
    .waitFor()
  // The thumb in the middle of its track is the middle of the list.
  await page.getByRole('grid').evaluate((grid) => {
    grid.scrollTop = (grid.scrollHeight - grid.clientHeight) / 4
  })
  await position(page)
    .getByText(/^250,\d\d\d–|^249,\d\d\d–/)
    .waitFor()
  await page.keyboard.press('Home')
  await row(page, 0).getByText('Company 1', { exact: true }).waitFor()
})

test('filters are chips in words, kept by the address and by going back', async (t) => {
  const page = await openConsole(t, { as: 'seller', path: '/clients' })
  await row(page, 0).getByRole('link').waitFor()
  await page.getByRole('button', { name: 'Filter', exact: true }).click()
  await page.getByLabel('Find a filter').fill('cdn')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Paused', exact: true }).click()
  const chip = page.getByRole('button', { name: 'CDN: Paused', exact: true })
  await chip.waitFor()
  assert.equal(addressed(page).get('cdn'), 'paused')
  const { body } = await ask('seller', 'GET', '/iam/clients?limit=0&deleted=false&cdn=paused')
  await position(page).getByText(String(body.count), { exact: true }).waitFor()
  await page.reload()
  await chip.click()
  await page.getByRole('button', { name: 'Active', exact: true }).click()
  await page.getByRole('button', { name: 'CDN: Active', exact: true }).waitFor()
  await page.goBack()
  await chip.waitFor()
  await page.getByRole('button', { name: 'Remove the filter CDN: Paused' }).click()
  await chip.waitFor({ state: 'detached' })
})

test('a search waits for a pause, and what it overtakes is dropped', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients' })
  await row(page, 0).getByRole('link').waitFor()
  const asked: string[] = []
  page.on('request', (request) => {
    const text = new URL(request.url()).searchParams.get('companyName')
    if (text !== null) asked.push(text)
  })
  const dropped = page.waitForEvent('requestfailed', (request) => request.url().includes('companyName=media'))
  await page.route('**/iam/clients?*companyName=media&*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await route.continue().catch(() => undefined)
  })
  await page.keyboard.press('/')
  await page.keyboard.type('media')
  await page.waitForRequest(/companyName=media/)
  assert.deepEqual(asked, ['media'])
  // Rows stay while others are on their way.
  await page.locator('[role=grid][aria-busy=true]').waitFor()
  assert.ok(await row(page, 0).getByRole('link').isVisible())
  await page.keyboard.press('Backspace')
  await dropped
  await page.locator('[role=grid][aria-busy=false]').waitFor()
  assert.equal(addressed(page).get('companyName'), 'medi')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('a@b')
  await page.waitForURL(/email=a%40b/)
  assert.equal(addressed(page).get('companyName'), null)
})

test('columns order the list, with Shift several do; their widths follow the keyboard and stay', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients' })
  const head = (name: string) => page.getByRole('columnheader', { name: new RegExp(`^${name}`) })
  await head('Company').getByRole('button').click()
  await page.waitForURL(/ordering=companyName/)
  await head('Email')
    .getByRole('button')
    .click({ modifiers: ['Shift'] })
  await page.waitForURL(/ordering=companyName%2Cemail/)
  await head('Company').getByRole('button').click()
  await page.waitForURL(/ordering=-companyName$/)
  assert.equal(await head('Company').getAttribute('aria-sort'), 'descending')
  const width = async () => (await head('Email').boundingBox())?.width ?? 0
  const before = await width()
  const kept = page.waitForResponse((response) => response.url().endsWith('/preferences') && response.request().method() === 'PATCH')
  await head('Email').getByRole('button').press('Shift+ArrowRight')
  assert.equal(await width(), before + 16)
  assert.equal((await kept).status(), 200)
  await page.reload()
  await head('Email').waitFor()
  assert.equal(await width(), before + 16)
})

test('rows are selected one by one, as a range, in view and all that match', async (t) => {
  const page = await openConsole(t, { as: 'seller', path: '/clients' })
  await row(page, 0).getByRole('link').waitFor()
  await page.getByRole('grid').focus()
  await page.keyboard.press('x')
  for (let n = 0; n < 4; n++) await page.keyboard.press('j')
  await page.keyboard.press('Shift+X')
  await page.getByText('5 selected').waitFor()
  assert.equal(await row(page, 3).getAttribute('aria-selected'), 'true')
  assert.equal(await row(page, 5).getAttribute('aria-selected'), 'false')
  await page.keyboard.press('Control+a')
  const all = page.getByRole('button', { name: /^Select all \d+ that match$/ })
  const count = Number((await all.textContent())?.replace(/\D/g, ''))
  await all.click()
  await page.getByText(`${count} selected`).waitFor()
  await row(page, 2).getByRole('checkbox').click()
  await page.getByText(`${count - 1} selected`).waitFor()
  await page.getByRole('grid').focus()
  await page.keyboard.press('Escape')
  await page.getByText(/ selected$/).waitFor({ state: 'detached' })
})

test('a row opens beside the list, then as a page, and Escape leads back to it', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients?at=60', expects: /404/ })
  await position(page).getByText(/^60–/).waitFor()
  await page.getByRole('grid').focus()
  for (let n = 0; n < 5; n++) await page.keyboard.press('ArrowDown')
  const name = (await row(page, 64).getByRole('link').textContent()) ?? ''
  await row(page, 64).getByRole('gridcell').nth(3).click()
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByRole('heading', { name, exact: true }).waitFor()
  await assertAccessible(page)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/clients\/\d+$/)
  await page.getByRole('grid').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await position(page).getByText(/^60–/).waitFor()
  assert.equal(await active(page), 'row-64')
  assert.equal(await page.getByRole('grid').evaluate((grid) => grid === document.activeElement), true)
  await page.keyboard.press('c')
  await page.getByText(/^Id \d+ copied$/).waitFor()
  const id = await page.evaluate(() => navigator.clipboard.readText())
  assert.equal(await row(page, 64).getByRole('link').getAttribute('href'), `/clients/${id}`)
})

test('a view is saved as a preset, which has an address and can open first', async (t) => {
  const name = `Paused ${Date.now()}`
  const page = await openConsole(t, { as: 'reseller', path: '/clients?cdn=paused&ordering=-id' })
  await row(page, 0).getByRole('link').waitFor()
  await page.getByRole('button', { name: 'Presets' }).click()
  await page.getByRole('menuitem', { name: 'Save this view as a preset…' }).click()
  await page.getByLabel('Name').fill(name)
  await page.keyboard.press('Enter')
  await page.waitForURL(/clients\?preset=\d+$/)
  await page.getByRole('button', { name: 'CDN: Paused', exact: true }).waitFor()
  await page.getByRole('button', { name }).click()
  await page.getByRole('menuitem', { name: 'Open it first' }).click()
  await page.getByText(`${name} opens first`).waitFor()
  await page.goto('/clients')
  await page.waitForURL(/preset=\d+/)
  await page.getByRole('button', { name: 'Remove the filter CDN: Paused' }).click()
  await page.getByRole('button', { name }).getByText('*').waitFor()
  await page.getByRole('button', { name }).click()
  await page.getByRole('menuitem', { name: `Delete ${name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Preset deleted').waitFor()
  await page.getByRole('button', { name: 'Presets' }).waitFor()
})

test('an empty list names the filter that hides most and removes it', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients?is_test=false&bill_type=no-such-type' })
  await page.getByText('Without Billing type: no-such-type there would be').waitFor()
  await page.getByRole('button', { name: 'Remove this filter' }).click()
  await row(page, 0).getByRole('link').waitFor()
  assert.equal(addressed(page).get('bill_type'), null)
  assert.equal(addressed(page).get('is_test'), 'false')
})

test('the export has every row of the list and the columns shown', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients?cdn=active&columns=id,company_name' })
  // The picker belongs to the browser, where no test can click: without it the file comes as a download.
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'))
  await page.reload()
  await row(page, 0).getByRole('link').waitFor()
  await page.getByRole('button', { name: 'Export' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('dialog').getByRole('button', { name: 'Export' }).click()
  const lines = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\r\n')
  const count = await counted('deleted=false&cdn=active')
  assert.equal(lines.length, count + 1)
  assert.match(lines[0] ?? '', /id,company_name$/)
  await page.getByText(`${count} rows saved`).waitFor()
})

test('news is told, and rows change only when asked', async (t) => {
  // Accounts that no other test makes.
  const page = await openConsole(t, { as: 'reseller', path: '/clients?ordering=-id&cdn=paused' })
  await page.clock.install()
  await page.reload()
  const first = row(page, 0).getByRole('link')
  await first.waitFor()
  const before = await first.textContent()
  const id = (await first.getAttribute('href'))?.split('/').at(-1)
  const company = `Renamed ${Date.now()}`
  assert.equal((await ask('reseller', 'PATCH', `/iam/clients/${id}`, { companyName: company })).status, 200)
  await page.clock.fastForward(31_000)
  const badge = page.getByRole('button', { name: /\d+ changed – show/ })
  await badge.waitFor()
  assert.equal(await first.textContent(), before)
  await badge.click()
  await row(page, 0).getByText(company).waitFor()
})

test('on a telephone rows have two lines, and filters are a sheet', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients', width: 360 })
  await row(page, 0).getByRole('link').waitFor()
  assert.equal(await page.getByRole('columnheader').count(), 0)
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Filter', exact: true }).click()
  const sheet = page.getByRole('dialog', { name: 'Add a filter' })
  await sheet.getByRole('button', { name: 'Test account' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Yes' }).click()
  await page.getByRole('button', { name: 'Test account: Yes', exact: true }).waitFor()
  await row(page, 0).getByRole('gridcell').nth(1).click()
  await page.waitForURL(/\/clients\/\d+$/)
})

test('the palette finds accounts, pages and actions by keyboard alone', async (t) => {
  const page = await openConsole(t, { as: 'seller', path: '/clients' })
  await row(page, 0).getByRole('link').waitFor()
  const name = (await row(page, 3).getByRole('link').textContent()) ?? ''
  await page.keyboard.press('Control+k')
  await page.keyboard.type(name)
  const input = page.getByRole('combobox', { name: 'Find' })
  await input.waitFor()
  assert.equal(await input.inputValue(), name, 'no letter is lost while the palette loads')
  await page.getByRole('group', { name: 'Accounts' }).getByRole('option').first().waitFor()
  await assertAccessible(page)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/clients\/\d+$/)
  await page.keyboard.press('Control+k')
  await page.keyboard.type('dark')
  await page.getByRole('option', { name: 'Dark' }).waitFor()
  await page.keyboard.press('Enter')
  await page.locator('html[data-mantine-color-scheme=dark]').waitFor()
})
