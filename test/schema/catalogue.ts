/** What a database is, read from PostgreSQL's catalogue: every object of the schema by name, with its definition. Two databases compare by it. */
import type { ISql } from '../../src/db/sql.ts'

/** Whatever an extension brought along is the extension's. */
const own = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`
const ours = 'current_schema()::regnamespace'

/** Each yields the name of an object and what there is to say about it. Names of kinds are those of COMMENT ON. */
const queries = [
  `SELECT 'schema ' || nspname, jsonb_build_object('acl', nspacl, 'comment', obj_description(oid, 'pg_namespace'))
    FROM pg_namespace WHERE oid = ${ours}`,
  `SELECT 'extension ' || extname, jsonb_build_object('comment', obj_description(oid, 'pg_extension')) FROM pg_extension`,
  `SELECT 'collation ' || collname, to_jsonb(c) - '{oid,collnamespace,collname}'::text[]
      || jsonb_build_object('comment', obj_description(oid, 'pg_collation'))
    FROM pg_collation c WHERE collnamespace = ${ours} AND ${own('pg_collation', 'c.oid')}`,
  `SELECT 'relation ' || relname, jsonb_build_object('kind', relkind, 'persistence', relpersistence, 'options', reloptions, 'acl', relacl,
      'row security', relrowsecurity, 'forced', relforcerowsecurity, 'identity', relreplident, 'comment', obj_description(oid, 'pg_class'),
      'view', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END, 'of', pg_get_userbyid(relowner),
      'parents', ARRAY(SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid))
    FROM pg_class c WHERE relnamespace = ${ours} AND relkind NOT IN ('i', 'I', 't') AND ${own('pg_class', 'c.oid')}`,
  `SELECT 'column ' || relname || '.' || attname, jsonb_build_object(
      'place', row_number() OVER (PARTITION BY relname ORDER BY attnum), 'type', format_type(atttypid, atttypmod), 'not null', attnotnull,
      'collation', (SELECT collname FROM pg_collation WHERE oid = attcollation), 'default', pg_get_expr(adbin, adrelid),
      'identity', attidentity, 'generated', attgenerated, 'storage', attstorage, 'compression', attcompression,
      'options', attoptions, 'acl', attacl, 'comment', col_description(c.oid, attnum))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE relnamespace = ${ours} AND relkind IN ('r', 'p', 'v', 'm', 'c', 'f') AND attnum > 0 AND NOT attisdropped AND ${own('pg_class', 'c.oid')}`,
  // PostgreSQL 18 has a constraint for each NOT NULL as well, which is a property of its column here.
  `SELECT 'constraint ' || CASE conrelid WHEN 0 THEN contypid::regtype::text ELSE conrelid::regclass::text END || '.' || conname,
      jsonb_build_object('is', pg_get_constraintdef(oid), 'valid', convalidated, 'comment', obj_description(oid, 'pg_constraint'))
    FROM pg_constraint WHERE connamespace = ${ours} AND contype <> 'n'`,
  `SELECT 'index ' || i.indexrelid::regclass, jsonb_build_object('is', pg_get_indexdef(i.indexrelid), 'valid', indisvalid,
      'clustered', indisclustered, 'identity', indisreplident, 'comment', obj_description(i.indexrelid, 'pg_class'))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE relnamespace = ${ours}`,
  `SELECT 'policy ' || polrelid::regclass || '.' || polname, jsonb_build_object('for', polcmd, 'permissive', polpermissive, 'roles', polroles,
      'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid), 'comment', obj_description(p.oid, 'pg_policy'))
    FROM pg_policy p JOIN pg_class c ON c.oid = polrelid WHERE relnamespace = ${ours}`,
  `SELECT 'trigger ' || tgrelid::regclass || '.' || tgname, jsonb_build_object('is', pg_get_triggerdef(t.oid), 'enabled', tgenabled,
      'comment', obj_description(t.oid, 'pg_trigger'))
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = ${ours} AND NOT tgisinternal`,
  `SELECT 'rule ' || ev_class::regclass || '.' || rulename, to_jsonb(pg_get_ruledef(r.oid))
    FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class WHERE relnamespace = ${ours} AND rulename <> '_RETURN'`,
  `SELECT 'function ' || oid::regprocedure, jsonb_build_object('is', pg_get_functiondef(oid), 'acl', proacl, 'of', pg_get_userbyid(proowner),
      'comment', obj_description(oid, 'pg_proc'))
    FROM pg_proc p WHERE pronamespace = ${ours} AND prokind <> 'a' AND ${own('pg_proc', 'p.oid')}`,
  `SELECT 'type ' || typname, jsonb_build_object('kind', typtype, 'base', format_type(typbasetype, typtypmod), 'not null', typnotnull,
      'default', typdefault, 'collation', typcollation::regcollation, 'acl', typacl, 'comment', obj_description(oid, 'pg_type'),
      'values', ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder))
    FROM pg_type t WHERE typnamespace = ${ours} AND typelem = 0 AND ${own('pg_type', 't.oid')}`,
  `SELECT 'sequence ' || seqrelid::regclass, to_jsonb(s) - 'seqrelid' || jsonb_build_object('type', seqtypid::regtype, 'of',
      (SELECT refobjid::regclass || '.' || refobjsubid FROM pg_depend WHERE objid = seqrelid AND deptype IN ('a', 'i') AND refobjsubid > 0))
    FROM pg_sequence s JOIN pg_class c ON c.oid = seqrelid WHERE relnamespace = ${ours}`,
  `SELECT 'statistics ' || stxname, to_jsonb(pg_get_statisticsobjdef(oid)) FROM pg_statistic_ext WHERE stxnamespace = ${ours}`,
  `SELECT 'default privileges ' || defaclobjtype::text, to_jsonb(defaclacl::text) FROM pg_default_acl`,
  // Whatever else there may be one day is at least noticed: casts, operators, aggregates, text search, publications and the like.
  `SELECT 'other ' || pg_describe_object(classid, objid, objsubid), '{}' FROM (
      SELECT DISTINCT classid, objid, objsubid FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = ${ours} AND deptype = 'n'
        AND classid <> ALL ('{pg_class,pg_type,pg_proc,pg_collation,pg_statistic_ext,pg_extension,pg_constraint}'::regclass[])) AS found
    WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = found.classid AND e.objid = found.objid AND e.deptype = 'e')`,
]

/** The table of migrations itself is left out: only what they made counts. */
const except = /^\w+(?: \w+)? migrations(_pkey)?\b/

export async function catalogueOf(sql: ISql): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const query of queries)
    for (const { name, definition } of await sql.unsafe<{ name: string; definition: unknown }[]>(
      `SELECT name, definition FROM (${query}) AS one (name, definition) ORDER BY name COLLATE "C"`,
    ))
      if (!except.test(name)) found.set(name, JSON.stringify(definition, null, 1))
  return found
}

/** What two databases differ in: an object of one alone, or of both and not the same. */
export function differences(left: Map<string, string>, right: Map<string, string>): string[] {
  const names = [...new Set([...left.keys(), ...right.keys()])]
  return names.filter((name) => left.get(name) !== right.get(name)).map((name) => `${name}\n- ${left.get(name)}\n+ ${right.get(name)}`)
}
