/** The tag: what a query is for PostgreSQL, however it is put together. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ISql, type Part, type Query, Statement, tag } from './sql.ts'

let sent: Query<unknown>[] = []
const db: ISql = tag((query) => {
  sent.push(query as Query<unknown>)
  return Promise.resolve(Object.assign([], { count: 0 })) as never
})

function written(part: Part) {
  const statement = new Statement()
  part.write(statement)
  return [statement.text, statement.values]
}

test('values stand apart from the text, with their types where PostgreSQL could not tell', () => {
  const at = new Date('2026-05-01T00:00:00Z')
  const bytes = Buffer.from('x')
  assert.deepEqual(written(db`SELECT ${1} WHERE a = ${"it's"} OR ${null} OR ${[1, 2]}`), [
    'SELECT $1 WHERE a = $2 OR $3 OR $4',
    [1, "it's", null, [1, 2]],
  ])
  assert.deepEqual(written(db`${true}, ${at}, ${bytes}, ${db.json({ a: [1] })}`), [
    '$1::boolean, $2::timestamptz, $3::bytea, $4::jsonb',
    [true, '2026-05-01T00:00:00.000Z', bytes, '{"a":[1]}'],
  ])
})

test('identifiers are quoted, whatever they hold', () => {
  assert.deepEqual(written(db`${db('a"b; DROP TABLE x')} ${db('c.id')} ${db(['x', 'y'])}`), ['"a""b; DROP TABLE x" "c"."id" "x","y"', []])
})

test('rows are what INSERT and SET want', () => {
  const rows = [
    { a: 1, b: 'x' },
    { b: null, a: 2 },
  ]
  assert.deepEqual(written(db`INSERT INTO t ${db(rows)} RETURNING a`), [
    'INSERT INTO t ("a","b") VALUES ($1,$2),($3,$4) RETURNING a',
    [1, 'x', 2, null],
  ])
  assert.deepEqual(written(db`UPDATE t SET ${db({ a: 1, b: 'x' })} WHERE c = ${3}`), [
    'UPDATE t SET "a"=$1,"b"=$2 WHERE c = $3',
    [1, 'x', 3],
  ])
  assert.deepEqual(written(db`UPDATE t SET ${db({ a: 1, b: 'x' }, 'b')}`), ['UPDATE t SET "b"=$1', ['x']])
  assert.deepEqual(written(db`INSERT INTO t ${db({ a: db`now()` })}`), ['INSERT INTO t ("a") VALUES (now())', []])
})

test('an undefined value is refused and never sent', async () => {
  assert.throws(() => written(db`SELECT ${undefined as never}`), /undefined behind: SELECT/)
  assert.throws(() => written(db`INSERT INTO t ${db({ a: undefined })}`), /undefined/)
  assert.throws(() => written(db`SELECT ${1}, ${db.unsafe('$1', [2])}`), /unsafe/)
})

test('a query is sent once, when it is awaited, and never as a part of another', async () => {
  sent = []
  const inner = db`true`
  const query = db`SELECT ${inner}`
  assert.equal(sent.length, 0)
  await query
  await query.then(() => {})
  assert.deepEqual(sent, [query])
})

test('however parts nest, $1 and so on count up and name the values in the order in which they are read', () => {
  type Tree = { value: string } | { parts: Tree[] }
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, fc.record({ value: fc.string({ unit: 'grapheme' }) }), fc.record({ parts: fc.array(tie('tree')) })),
  }))
  const build = (one: Tree): Part | string =>
    'value' in one ? one.value : one.parts.reduce<Part>((all, part) => db`${all}<${build(part)}>`, db``)
  const leaves = (one: Tree): string[] => ('value' in one ? [one.value] : one.parts.flatMap(leaves))
  fc.assert(
    fc.property(tree, (one) => {
      const [text, values] = written(db`${build(one)}`) as [string, string[]]
      assert.deepEqual(values, leaves(one))
      assert.deepEqual(
        text.match(/\$\d+/g) ?? [],
        values.map((_, n) => `$${n + 1}`),
      )
      assert.match(text, /^[<>$\d]*$/, 'no value is in the text')
    }),
  )
})
