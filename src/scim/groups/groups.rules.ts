/** What a directory may do to its groups. Each change gives the users whose groups changed the roles that follow. */
import { type Filter, parse } from 'scim2-parse-filter'
import { errors } from '../../http/errors.ts'
import { canonicalValue } from '../attributes.ts'
import { type Directory, SCIM, type Work } from '../directory.ts'
import { type Document, refuse, urn } from '../messages.ts'
import { type Operation, operationsOf } from '../patches.ts'
import { applyRoles, lockRoles } from '../roles/roles.rules.ts'
import { usersAmong } from '../users/users.queries.ts'
import { asTaken } from '../users/users.rules.ts'
import {
  addMembers,
  countGroups,
  findGroup,
  type GroupRow,
  insertGroup,
  memberIds,
  removeGroup,
  removeMembers,
  updateGroup,
} from './groups.queries.ts'

const MOST_GROUPS = 5000
const LONGEST = 255

export function groupDocument({ id, display_name, external_id, created, modified, members }: GroupRow, base: string): Document {
  return {
    schemas: [urn.group],
    id: String(id),
    ...(external_id !== null && { externalId: external_id }),
    displayName: display_name,
    ...(members && { members: members.map((one) => ({ ...one, type: 'User', $ref: `${base}${SCIM}/Users/${one.value}` })) }),
    meta: { resourceType: 'Group', created, lastModified: modified, location: `${base}${SCIM}/Groups/${id}` },
  }
}

/** @throws 400 */
function fieldsOf({ displayName, externalId = null }: Document) {
  if (typeof displayName !== 'string' || displayName.trim() === '' || displayName.length > LONGEST)
    throw refuse.value(`"displayName" is a text of 1 to ${LONGEST} characters.`)
  if (externalId !== null && (typeof externalId !== 'string' || externalId.length > LONGEST))
    throw refuse.value(`"externalId" is a text of at most ${LONGEST} characters.`)
  return { display_name: displayName, external_id: externalId }
}

/** The ids in a list of members, or in one. @throws 400 if they are none, or name users that the directory does not have */
async function usersIn({ db, directory }: Work, members: unknown): Promise<number[]> {
  const ids = idsIn(members)
  const there = new Set(await usersAmong(db, directory, ids))
  const missing = ids.filter((id) => !there.has(id))
  if (missing.length > 0) throw refuse.value(`The directory has no users with these ids: ${missing.slice(0, 10).join(', ')}.`)
  return ids
}

/** What is no id is the id of nobody. */
function idsIn(members: unknown): number[] {
  const list = members === undefined ? [] : [members].flat()
  return [
    ...new Set(
      list.map((one) => {
        const value = typeof one === 'object' && one !== null ? (one as Document).value : one
        if (typeof value !== 'string' && typeof value !== 'number') throw refuse.value('A member is {"value": "the id of a user"}.')
        return /^\d{1,15}$/.test(String(value)) ? Number(value) : 0
      }),
    ),
  ]
}

export async function createGroup(work: Work, document: Document): Promise<number> {
  const { db, directory } = work
  const fields = fieldsOf(document)
  await lockRoles(db, directory)
  if ((await countGroups(db, directory)) >= MOST_GROUPS) throw refuse.value(`A directory has at most ${MOST_GROUPS} groups.`)
  const ids = await usersIn(work, document.members)
  const id = await asTaken(() => insertGroup(db, directory, fields))
  await addMembers(db, directory, id, ids)
  await applyRoles(db, directory, ids)
  return id
}

/** @throws 404 */
async function lockedGroup({ db, directory }: { db: Work['db']; directory: Directory }, id: number): Promise<GroupRow> {
  await lockRoles(db, directory)
  const group = await findGroup(db, directory, id, false)
  if (!group) throw errors.notFound()
  return group
}

/** Replaces a group. Members stay where the document does not name them. */
export async function replaceGroup(work: Work, id: number, document: Document): Promise<void> {
  await lockedGroup(work, id)
  const fields = fieldsOf(document)
  await write(work, id, fields, 'members' in document ? new Set(await usersIn(work, document.members)) : undefined)
}

export async function patchGroup(work: Work, id: number, body: unknown): Promise<void> {
  const operations = operationsOf(body)
  const { display_name, external_id } = await lockedGroup(work, id)
  const fields: Document = { displayName: display_name, externalId: external_id }
  const before = new Set(await memberIds(work.db, id))
  let members = before
  for (const operation of operations) {
    const { op, path, value } = operation
    if (path === 'members' || path.startsWith('members[')) members = await membersAfter(work, operation, members)
    else if (path === 'displayName' || path === 'externalId') fields[path] = op === 'remove' ? undefined : canonicalValue(value)
    else throw refuse.path(`A group has no attribute "${path.slice(0, 100)}".`)
  }
  await write(work, id, fieldsOf({ displayName: fields.displayName, externalId: fields.externalId ?? null }), members, before)
}

async function membersAfter(work: Work, { op, path, value }: Operation, members: Set<number>): Promise<Set<number>> {
  const picked = pickedBy(path)
  if (op === 'remove') {
    const gone = picked ?? (value === undefined ? [...members] : idsIn(value))
    return members.difference(new Set(gone))
  }
  if (picked) throw refuse.path('Members are added by their ids, without a filter.')
  const given = new Set(await usersIn(work, value))
  return op === 'add' ? members.union(given) : given
}

/** The ids in `members[value eq "42"]`, joined by `or` where there are more. */
function pickedBy(path: string): number[] | undefined {
  if (path === 'members') return undefined
  const idsOf = (filter: Filter): number[] => {
    if (filter.op === 'or') return (filter as { filters: Filter[] }).filters.flatMap(idsOf)
    const { op, attrPath, compValue } = filter as { op: string; attrPath?: string; compValue?: unknown }
    if (op !== 'eq' || attrPath !== 'value') throw refuse.path('Members are removed by members[value eq "id"].')
    return idsIn([compValue])
  }
  try {
    const filter = parse(path)
    return idsOf((filter as { valFilter: Filter }).valFilter)
  } catch (error) {
    throw error instanceof Error && 'status' in error ? error : refuse.path('The path cannot be read.')
  }
}

async function write(
  { db, directory }: Work,
  id: number,
  fields: ReturnType<typeof fieldsOf>,
  members: Set<number> | undefined,
  before?: Set<number>,
): Promise<void> {
  await asTaken(() => updateGroup(db, id, fields))
  const known = before ?? new Set(await memberIds(db, id))
  const [added, removed] = members ? [members.difference(known), known.difference(members)] : [new Set<number>(), new Set<number>()]
  if (added.size > 0) await addMembers(db, directory, id, [...added])
  if (removed.size > 0) await removeMembers(db, id, [...removed])
  // Another name may fit another rule.
  await applyRoles(db, directory, [...known.union(members ?? known)])
}

export async function deleteGroup(work: Work, id: number): Promise<void> {
  await lockedGroup(work, id)
  const members = await memberIds(work.db, id)
  await removeGroup(work.db, id)
  await applyRoles(work.db, work.directory, members)
}
