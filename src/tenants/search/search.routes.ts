/** GET /reeve/search: a few accounts, users and sellers for the console's palette, for staff. */
import { Type } from 'typebox'
import { clientsLike, SHORTEST } from '../../accounts/clients/list/list.search.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { ParameterError, parameter } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { ownerOf } from '../../lib/owner.ts'
import type { Semaphore } from '../../lib/semaphore.ts'
import { clientsOf, sellersLike, userOfId, usersLike } from './search.queries.ts'
import { Found } from './search.schema.ts'

const MOST = 5

const q = parameter<string>({ type: 'string', minLength: 1, maxLength: 100, description: 'The text, or an id.' }, (value) => {
  if (value.length > 100) throw new ParameterError('At most 100 characters are allowed.')
  return value
})

export const search: Resource<Handles & { costly: Semaphore }> = (app, { scope, costly }) => {
  app.get(
    '/reeve/search',
    {
      config: { access: access.staff },
      schema: {
        tags: ['Console'],
        operationId: 'search',
        summary: 'Find accounts, users and sellers',
        description:
          'Up to five of each. A number finds the account and the user with that id. A text finds companies that begin with it, and from three ' +
          'characters on also accounts, live users and sellers that contain it, ignoring case.',
        querystring: Type.Object({ q }),
        response: { 200: json(Found, 'What was found.'), ...errorResponses(400, 401, 403) },
      },
    },
    ({ caller, query }) => {
      const text = query.q?.trim() ?? ''
      if (text === '') throw errors.invalid({ q: ['This field is required.'] })
      const id = /^\d{1,15}$/.test(text) ? Number(text) : undefined
      const find = async (db: ScopedSql) => {
        const isLong = text.length >= SHORTEST
        const [like, named, users, sellers] = await Promise.all([
          clientsLike(db, caller, text, MOST),
          id === undefined ? [] : userOfId(db, caller, id),
          isLong ? usersLike(db, caller, text, MOST) : [],
          isLong ? sellersLike(db, caller, text, MOST) : [],
        ])
        const clients = await clientsOf(db, id === undefined ? like : [id, ...like.filter((one) => one !== id)])
        const others = users.filter((user) => user.id !== id)
        return { clients: clients.slice(0, MOST), users: [...named, ...others].slice(0, MOST), sellers: [...sellers] }
      }
      // Texts are looked for by every row that could have them: like the lists filtered by text, few at once.
      return costly.run(ownerOf(caller), () => scope.read(caller, find, 'custom'))
    },
  )
}
