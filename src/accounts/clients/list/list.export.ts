/** Accounts as a table for other programs: which columns there are, and the lines of CSV and NDJSON. */
import type { ScopedSql } from '../../../db/scope.ts'
import { csvCell } from '../../../lib/csv.ts'
import type { Fragment } from '../../../lists/filters.ts'

type Column = (db: ScopedSql) => Fragment

/** By name, in the order of the documentation: an expression over `c`, the account's record, and `page`, its row in client_list. */
const columns = {
  id: (db) => db`c.id`,
  company_name: (db) => db`c.company_name`,
  email: (db) => db`c.email`,
  name: (db) => db`c.name`,
  status: (db) => db`c.status`,
  seller_id: (db) => db`c.seller_id`,
  seller_email: (db) => db`(SELECT u.email FROM users u WHERE u.id = c.seller_id)`,
  created_at: (db) => db`json_time(c.created_at)`,
  country_code: (db) => db`c.country_code`,
  allowed_traffic: (db) => db`c.allowed_traffic`,
  is_test: (db) => db`c.is_test`,
  deleted: (db) => db`c.deleted_at IS NOT NULL`,
  phone: (db) => db`c.phone`,
  custom_id: (db) => db`c.custom_id`,
  website: (db) => db`c.website`,
  bill_type: (db) => db`c.bill_type`,
  promocode: (db) => db`c.promocode`,
  client_type: (db) => db`c.client_type`,
  activated: (db) => db`page.activated`,
  reseller_id: (db) => db`c.reseller_id`,
  secondary_hostnames: (db) =>
    db`(SELECT string_agg(h.hostname, ' ' ORDER BY h.hostname COLLATE "C") FROM client_hostnames h WHERE h.client_id = c.id)`,
  deletion_requested_at: (db) => db`json_time(c.deletion_requested_at)`,
  cdn: (db) => db`page.cdn`,
  storage: (db) => db`page.storage`,
  streaming: (db) => db`page.streaming`,
  ddos: (db) => db`page.ddos`,
  dns: (db) => db`page.dns`,
  cloud: (db) => db`page.cloud`,
  infrastructure_protection: (db) => db`page.infrastructure_protection`,
  connect: (db) => db`page.connect`,
} satisfies Record<string, Column>

export type ExportColumn = keyof typeof columns
export const exportColumns = Object.keys(columns) as ExportColumn[]
export const defaultColumns = exportColumns.slice(0, 12)

export const exportFormats = ['csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

interface Format {
  type: string
  /** What is selected of each account: texts, never null. */
  selection(db: ScopedSql, names: readonly ExportColumn[]): Fragment
  header(names: readonly ExportColumn[], bom: boolean): string
  line(row: readonly Buffer[]): Buffer
}

/** The expressions of these columns, each named. */
const named = (db: ScopedSql, names: readonly ExportColumn[]): Fragment =>
  names.map((name) => db`${columns[name](db)} AS ${db(name)}`).reduce((all, one) => db`${all}, ${one}`)

const NEWLINE = Buffer.from('\n')

export const formats: Record<ExportFormat, Format> = {
  csv: {
    type: 'text/csv; charset=utf-8',
    // By number: a name of the list would be what the rows are ordered by.
    selection: (db, names) =>
      names.map((name, n) => db`coalesce((${columns[name](db)})::text, '') AS ${db(`cell${n}`)}`).reduce((all, one) => db`${all}, ${one}`),
    header: (names, bom) => `${bom ? '\uFEFF' : ''}${names.join(',')}\r\n`,
    line: (row) => Buffer.from(`${row.map((cell) => csvCell(cell.toString())).join(',')}\r\n`),
  },
  ndjson: {
    type: 'application/x-ndjson; charset=utf-8',
    selection: (db, names) => db`(SELECT row_to_json(d) FROM (SELECT ${named(db, names)}) d)::text AS document`,
    header: () => '',
    line: ([document]) => Buffer.concat([document as Buffer, NEWLINE]),
  },
}
