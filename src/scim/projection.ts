/** Which attributes of a resource are answered: `attributes` and `excludedAttributes` (RFC 7644, 3.9). */
import { canonicalPath } from './attributes.ts'
import type { Document } from './messages.ts'

export interface Wanted {
  attributes?: string
  excludedAttributes?: string
}

/** Answered always. */
const always = ['schemas', 'id']

const pathsOf = (list: string) =>
  list
    .split(',')
    .map((one) => canonicalPath(one.trim()))
    .filter((one) => one !== '')

export function projected(resource: Document, { attributes, excludedAttributes }: Wanted): Document {
  if (attributes) {
    const kept: Document = Object.fromEntries(always.map((name) => [name, resource[name]]))
    for (const path of pathsOf(attributes)) keep(kept, resource, path)
    return kept
  }
  if (!excludedAttributes) return resource
  const left = structuredClone(resource)
  for (const path of pathsOf(excludedAttributes)) if (!always.includes(path)) drop(left, path)
  return left
}

/** Parts a path into the attribute and its sub-attribute; the dots of a URN part nothing. */
function parted(path: string): [string, string | undefined] {
  const from = path.lastIndexOf(':') + 1
  const dot = path.indexOf('.', from)
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)]
}

function keep(kept: Document, resource: Document, path: string) {
  const [name, sub] = parted(path)
  const value = resource[name]
  if (value === undefined) return
  if (sub === undefined) kept[name] = value
  else if (Array.isArray(value)) kept[name] = value.map((one: Document) => ({ [sub]: one[sub] }))
  else kept[name] = { ...(kept[name] as Document | undefined), [sub]: (value as Document)[sub] }
}

function drop(resource: Document, path: string) {
  const [name, sub] = parted(path)
  if (sub === undefined) delete resource[name]
  else for (const one of [resource[name]].flat()) if (one !== null && typeof one === 'object') delete (one as Document)[sub]
}
