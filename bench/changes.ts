/** Changes of data while others read: users of the big reseller are renamed, by PATCH where the server has it, else as it would by SQL. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from '../src/db/pool.ts'
import { type Asker, asker } from './asking.ts'
import type { World } from './stage.ts'

export interface Person {
  id: number
  name: string
}

/** Changes the name as an acknowledged request would. */
export type Rename = (person: Person, name: string) => Promise<void>

/** Some live users of the big reseller, spread over all of it. */
export async function people({ sql, reseller }: World, count: number): Promise<Person[]> {
  return sql<Person[]>`
    WITH span AS (SELECT min(id) AS low, max(id) AS high FROM users WHERE reseller_id = ${reseller})
    SELECT u.id, u.name FROM span, generate_series(0, ${count - 1}) AS n,
      LATERAL (SELECT id, name FROM users WHERE reseller_id = ${reseller} AND id >= low + (high - low) * n / ${count}
        AND deleted_at IS NULL AND user_type = 'common' AND name IS NOT NULL ORDER BY id LIMIT 1) AS u`
}

/** The name with or without an addition: so that a world that is used again stays as it is, by and large. */
export const nextName = (name: string) => (name.endsWith(' II') ? name.slice(0, -3) : `${name} II`)

const asked = new Map<string, Promise<boolean>>()

/** Whether users are changed by PATCH there, by what the server says of itself. */
async function canPatch({ url }: World): Promise<boolean> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> }
  return Object.entries(document.paths).some(([path, methods]) => /^\/iam\/users\/\{\w+\}$/.test(path) && 'patch' in methods)
}

/** `how` says which of the two it is. */
export async function renaming(world: World, ask: Asker = asker(world)): Promise<{ rename: Rename; how: 'PATCH' | 'SQL' }> {
  const known = asked.get(world.url) ?? canPatch(world)
  asked.set(world.url, known)
  if (!(await known)) {
    const statements = await renameStatements(world)
    return { how: 'SQL', rename: ({ id }, name) => renameBySql(world.sql, statements, id, name) }
  }
  const rename: Rename = async ({ id }, name) => {
    const { status, body } = await ask(`/iam/users/${id}`, { method: 'PATCH', body: { name } })
    if (status !== 200) throw new Error(`PATCH /iam/users/${id} answered ${status}: ${body.toString().slice(0, 300)}`)
  }
  return { how: 'PATCH', rename }
}

export const UPDATE = 'UPDATE users SET name = :name WHERE id = :id'

/** What a change of a user is in SQL: locks in the order of the server, the change, the read model. `:id` and `:name` are put in. */
export async function renameStatements({ sql }: World): Promise<string[]> {
  const [{ named } = { named: false }] = await sql<{ named: boolean }[]>`SELECT to_regproc('refresh_user') IS NOT NULL AS named`
  if (named) return ['SELECT lock_user(:id)', UPDATE, 'SELECT refresh_user(:id)']
  return [
    'SELECT FROM clients WHERE id IN (SELECT client_id FROM client_users WHERE user_id = :id) ORDER BY id FOR NO KEY UPDATE',
    UPDATE,
    'SELECT refresh_clients(ARRAY(SELECT client_id FROM client_users WHERE user_id = :id)), refresh_users(ARRAY[:id::bigint])',
  ]
}

async function renameBySql(sql: Sql, statements: string[], id: number, name: string) {
  await sql.begin(async (tx) => {
    for (const statement of statements) {
      const named = statement.includes(':name')
      await tx.unsafe(statement.replaceAll(':id', '$1').replace(':name', '$2::text'), named ? [id, name] : [id])
    }
  })
}

/** Makes every page and count of the big reseller out of date, as a change that is seen in none of them. The function had another name once. */
export const makeStale = async ({ sql, reseller }: World): Promise<void> => {
  const [{ name } = { name: '' }] = await sql<
    { name: string }[]
  >`SELECT CASE WHEN to_regproc('bump_tenant_version') IS NULL THEN 'tenant_changed' ELSE 'bump_tenant_version' END AS name`
  await sql`SELECT ${sql(name)}(ARRAY[${reseller}::bigint])`
}

/** Renames `perSecond` users until it is stopped; answers how many were renamed. */
export async function changeMeanwhile<T>(world: World, perSecond: number, work: () => Promise<T>): Promise<{ result: T; changes: number }> {
  const ask = asker(world)
  const { rename } = await renaming(world, ask)
  const some = await people(world, 500)
  let changes = 0
  let over = false
  const changing = (async () => {
    const began = performance.now()
    while (!over) {
      const person = some[changes % some.length] as Person
      person.name = nextName(person.name)
      await rename(person, person.name)
      changes++
      await delay(Math.max(0, began + (changes * 1000) / perSecond - performance.now()))
    }
  })()
  changing.catch(() => {}) // told below
  try {
    const result = await work()
    over = true
    await changing
    return { result, changes }
  } finally {
    over = true
    ask.close()
  }
}
