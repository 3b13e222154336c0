/** Whatever is asked, in whatever order: services, accounts' status and what products are available stay what the tables of docs/domain.md say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkReadModel } from '../src/db/check.ts'
import { quietReseller } from './availability-world.ts'
import { type Answer, openWorld } from './harness.ts'
import { runsOr, seed } from './properties.ts'
import { common, leadsTo, statusDue } from './services.ts'

const t = await openWorld()
const { system } = t.database
const world = await quietReseller(t)
const accounts = [...world.accounts.slice(0, 2), world.technical]
const many = runsOr(25)

const inUse = ['trial', 'activating', 'active']

type Product = (typeof common)[number]
type Step =
  | { does: 'put'; account: number; product: Product; status: string; bySeller: boolean }
  | { does: 'default'; product: Product; available: boolean }
  | { does: 'personal'; account: number; product: Product; available: boolean; bySeller: boolean }
  | { does: 'reset'; account: number; products: Product[] }
  | { does: 'resetAll'; products: Product[]; bySeller: boolean }

// Few products and accounts, so that steps meet.
const product = fc.constantFrom<Product>('CDN', 'CLOUD', 'DNS')
const products = fc.array(product, { maxLength: 3 })
const account = fc.constantFrom(...accounts)
const bySeller = fc.boolean()
const put = fc.record({ does: fc.constant('put' as const), account, product, status: fc.constantFrom(...Object.keys(leadsTo)), bySeller })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: put },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('default' as const), product, available: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('personal' as const), account, product, available: fc.boolean(), bySeller }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('reset' as const), account, products }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('resetAll' as const), products, bySeller }) },
)

const [first] = accounts as [number]
const [bySomebody, cdn] = [{ bySeller: false }, { product: 'CDN' as const }]
/** One sequence that gets every answer there is, so that none rests on chance. */
const everyAnswer: Step[] = [
  { does: 'put', account: first, ...cdn, status: 'trial', bySeller: true }, // 200
  { does: 'put', account: first, ...cdn, status: 'new', ...bySomebody }, // 400
  { does: 'put', account: world.technical, ...cdn, status: 'trial', bySeller: true }, // 403
  { does: 'default', ...cdn, available: false }, // 403
  { does: 'personal', account: first, ...cdn, available: false, ...bySomebody }, // 403
  { does: 'personal', account: first, ...cdn, available: true, ...bySomebody }, // 200
  { does: 'default', ...cdn, available: false }, // 200
  { does: 'reset', account: first, products: ['CDN'] }, // 403
  { does: 'resetAll', products: ['CDN'], ...bySomebody }, // 403
  { does: 'default', ...cdn, available: true }, // 200
  { does: 'reset', account: first, products: ['CDN', 'DNS'] }, // 204
  { does: 'personal', account: first, product: 'DNS', available: false, ...bySomebody }, // 200
  { does: 'put', account: first, product: 'DNS', status: 'active', ...bySomebody }, // 400
  { does: 'resetAll', products: ['CDN', 'DNS'], bySeller: true }, // 204
]

/** What the reseller, its accounts and their services are, by the sentences of docs/domain.md. */
class Model {
  readonly defaults = new Map<Product, boolean>(common.map((product) => [product, true]))
  readonly personal = new Map<string, boolean>()
  readonly services = new Map<string, string>()

  status = (account: number, product: Product) => this.services.get(`${account} ${product}`) ?? 'new'
  own = (account: number, product: Product) => this.personal.get(`${account} ${product}`)
  available = (account: number, product: Product) => this.own(account, product) ?? this.defaults.get(product) ?? false

  accountStatus = (account: number) => statusDue(common.map((product) => this.status(account, product)))

  /** The status due, and the lists of a refusal. */
  take(step: Step): { status: number; lists?: object } {
    switch (step.does) {
      case 'put': {
        const { account, product, status } = step
        if (step.bySeller && account === world.technical) return { status: 403 }
        const before = this.status(account, product)
        const allowed = leadsTo[before]?.includes(status) && (!inUse.includes(status) || this.available(account, product))
        if (status !== before && !allowed) return { status: 400 }
        this.services.set(`${account} ${product}`, status)
        return { status: 200 }
      }
      case 'default': {
        const following = accounts.filter((account) => this.own(account, step.product) === undefined)
        const refused = !step.available && this.used(following, [step.product])
        if (refused) return refused
        this.defaults.set(step.product, step.available)
        return { status: 200 }
      }
      case 'personal': {
        if (step.bySeller && step.account === world.technical) return { status: 403 }
        const refused = !step.available && this.used([step.account], [step.product])
        if (refused) return refused
        this.personal.set(`${step.account} ${step.product}`, step.available)
        return { status: 200 }
      }
      case 'reset':
        return this.reset([step.account], step.products)
      case 'resetAll':
        return this.reset(
          accounts.filter((account) => !step.bySeller || account !== world.technical),
          step.products,
        )
    }
  }

  private reset(of: number[], products: Product[]) {
    const lost = products.filter((product) => !this.defaults.get(product))
    const refused = this.used(of, lost, (account, product) => this.own(account, product) !== undefined)
    if (refused) return refused
    for (const account of of) for (const product of products) this.personal.delete(`${account} ${product}`)
    return { status: 204 }
  }

  /** The refusal where one of the accounts uses one of the products. */
  private used(of: number[], products: Product[], concerns: (account: number, product: Product) => boolean = () => true) {
    const lists = Object.fromEntries(
      inUse.map((status) => [
        status,
        common.filter(
          (product) =>
            products.includes(product) && of.some((account) => this.status(account, product) === status && concerns(account, product)),
        ),
      ]),
    )
    return Object.values(lists).some((list) => list.length > 0) ? { status: 403, lists } : undefined
  }
}

function request(step: Step): Promise<Answer> {
  const one = 'bySeller' in step && step.bySeller ? world.seller : world.reseller
  switch (step.does) {
    case 'put':
      return world.put(step.account, step.product, step.status, one)
    case 'default':
      return world.setDefault(step.product, step.available)
    case 'personal':
      return world.setPersonal(step.account, step.product, step.available, one)
    case 'reset':
      return world.reset(step.account, step.products)
    case 'resetAll':
      return world.resetAll(step.products, one)
  }
}

async function expectAccount(model: Model, account: number) {
  const client = (await world.ask(world.reseller, 'GET', `/iam/clients/${account}`)).body
  const services = (await world.ask(world.reseller, 'GET', `/iam/clients/${account}/services`)).body as { name: Product; status: string }[]
  const due = common.filter((product) => model.available(account, product))
  assert.deepEqual(await world.available(account), { listed: due, capabilities: due })
  for (const { name, status } of services) assert.equal(status, model.status(account, name), `${name} of ${account}`)
  assert.equal(client.status, model.accountStatus(account), 'the account’s status is what its services say')
  const changes = await system<{ old_status: string; new_status: string }[]>`
    SELECT old_status, new_status FROM account_status_changes WHERE client_id = ${account} ORDER BY id`
  let now = 'preparation'
  for (const { old_status, new_status } of changes) {
    assert.equal(old_status, now, 'each change begins where the one before ended')
    assert.notEqual(new_status, old_status)
    now = new_status
  }
  assert.equal(now, client.status, 'the last change is the status')
}

test('no sequence of requests leads where docs/domain.md does not, and every refusal names what is in use', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (steps) => {
      await world.begin()
      const model = new Model()
      for (const step of steps) {
        const due = model.take(step)
        const answer = await request(step)
        assert.equal(answer.status, due.status, `${JSON.stringify(step)}: ${answer.text}`)
        if (due.lists) assert.partialDeepStrictEqual(answer.body, due.lists, JSON.stringify(step))
      }
      for (const account of accounts) await expectAccount(model, account)
    }),
    { numRuns: many, ...seed, examples: [[everyAnswer]] },
  )
  assert.deepEqual(await checkReadModel(system), [])
})

test('without settings of their own accounts have what the default says, however they came there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      await world.begin()
      for (const step of steps.filter(({ does }) => does !== 'put')) await request(step)
      assert.equal((await world.resetAll(common)).status, 204)
      const defaults = (await world.ask(world.seller, 'GET', '/iam/products/availability/defaults')).body as {
        product_name: string
        available: boolean
      }[]
      const due = defaults.filter((one) => one.available).map((one) => one.product_name)
      for (const account of accounts) assert.deepEqual(await world.available(account), { listed: due, capabilities: due })
    }),
    { numRuns: many, ...seed },
  )
})
