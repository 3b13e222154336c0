/** The declared schema: the files of src/db/schema in their order. */
import { readdirSync, readFileSync } from 'node:fs'

export interface SchemaFile {
  name: string
  text: string
  /** What its first comment says: a subject, then the reasons. */
  prose: string
}

const folder = new URL('../../src/db/schema/', import.meta.url)

export function schemaFiles(): SchemaFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    const [comment = ''] = /^(-- .*\n)+/.exec(text) ?? []
    return { name, text, prose: comment.replaceAll(/^-- /gm, '').replaceAll('\n', ' ').trim() }
  })
}
