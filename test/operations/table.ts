/** The language of the access table: kinds of callers and objects, and the rows that most operations share. */
import type { TestCaller } from '../callers.ts'

/** Statuses for: platform, reseller, seller, Administrators, every other role of a client user. */
export type Row = readonly [number, number, number, number, number]

/**
 * Kinds of objects, as a caller sees them. `own`: the account one works in, oneself, one's own reseller's. `colleague`: another of the own
 * account. `neighbour`: of the same reseller, in an account one does not belong to. `foreign`: of another reseller. `another`: an account
 * of one's own that one does not work in, which only a session can see. `misplaced`: a foreign thing below one's own account.
 */
export type Kind = 'own' | 'another' | 'colleague' | 'neighbour' | 'foreign' | 'misplaced' | 'unknown'
export const kinds: readonly Kind[] = ['own', 'another', 'colleague', 'neighbour', 'foreign', 'misplaced', 'unknown']

export interface Operation {
  /** `public` never asks who calls; every other operation answers 401 to whoever is nobody. */
  public?: true
  /** Takes the token of a directory, which none of these callers has: everybody is answered 401. */
  scim?: true
  /** What is asked for, by its finder in test/objects.ts: `none` where the path names nothing. */
  object: string
  /** A body that succeeds where the caller may; `ids` are those of the path. A text is sent as it is. */
  body?: (one: TestCaller, ids: Record<string, number | string>) => unknown
  /** Headers that it takes besides. */
  headers?: Record<string, string>
  /** Content-Type of that body, where it is not JSON. */
  type?: string
  /** By API token; `session` holds what differs for a session. */
  expect: Partial<Record<Kind, Row>>
  session?: Partial<Record<Kind, Row>>
}

/** An own status in place of 200, for a table of statuses. */
export const answering = <T extends Partial<Record<Kind, Row>>>(success: number, expect: T) =>
  Object.fromEntries(
    Object.entries(expect).map(([kind, row]) => [kind, row.map((status) => (status === 200 ? success : status))]),
  ) as unknown as T

export const everybody: Row = [200, 200, 200, 200, 200]
/** Of objects nobody but the platform finds: those of another tenant. */
export const onlyPlatform: Row = [200, 404, 404, 404, 404]
export const staffOnly: Row = [200, 200, 200, 404, 404]
export const nobody: Row = [404, 404, 404, 404, 404]
export const refused: Row = [403, 403, 403, 403, 403]

/** Of the account one works in or another: staff may, a seller not at the technical account, which is its own. */
export const staffChange = {
  own: [200, 200, 403, 403, 403],
  neighbour: [200, 200, 200, 403, 403],
  foreign: [200, 404, 404, 403, 403],
  unknown: [404, 404, 404, 403, 403],
} as const satisfies Operation['expect']

/** Of an account, what is for staff to read; a client user is told so, whichever account it is. */
export const staffRead = {
  own: [200, 200, 200, 403, 403],
  neighbour: [200, 200, 200, 403, 403],
  foreign: [200, 404, 404, 403, 403],
  unknown: [404, 404, 404, 403, 403],
} as const satisfies Operation['expect']

export const open: Operation = { public: true, object: 'none', expect: { own: everybody } }
export const forEverybody: Operation = { object: 'none', expect: { own: everybody } }

/** An account that is read. */
export const oneClient: Operation = {
  object: 'client',
  expect: { own: everybody, neighbour: staffOnly, foreign: onlyPlatform, unknown: nobody },
  session: { another: everybody },
}
