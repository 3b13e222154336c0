/** The five roles of a client user (contract schema Group), ordered from most rights to fewest. */
export interface Role {
  id: number
  name: string
}

export const roles: readonly Role[] = [
  { id: 1, name: 'Administrators' },
  { id: 5, name: 'Engineers' },
  { id: 3009, name: 'Purge and Prefetch only (API+Web)' },
  { id: 3022, name: 'Purge and Prefetch only (API)' },
  { id: 2, name: 'Users' },
]

export const ADMINISTRATORS = 1

export function roleById(id: number): Role {
  const role = roles.find((one) => one.id === id)
  if (!role) throw new Error(`No role has the id ${id}.`)
  return role
}

/** Finds a role by id, by name, or by both if they agree. */
export function findRole({ id, name }: { id?: number | undefined; name?: string | undefined }): Role | undefined {
  if (id === undefined && name === undefined) return undefined
  return roles.find((role) => (id ?? role.id) === role.id && (name ?? role.name) === role.name)
}

/** Returns the role with fewer rights, so that a credential never has more than its user has now. */
export function lesserRole(a: Role, b: Role): Role {
  return roles.indexOf(a) > roles.indexOf(b) ? a : b
}
