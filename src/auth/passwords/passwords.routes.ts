/** Changing one's password. */
import { Type } from 'typebox'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import type { SigningKeys } from '../../http/signing-keys.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { signPair } from '../sessions/sessions.rules.ts'
import { TokenPair } from '../sessions/sessions.schema.ts'
import { assertPasswordChangeAllowed, changePassword, checkPasswords } from './passwords.rules.ts'
import { PasswordChange } from './passwords.schema.ts'

const tags = ['Account']

export const passwords: Resource<Handles & { system: SystemSql; cipher: Cipher; keys: SigningKeys }> = (
  app,
  { scope, system, cipher, keys },
) => {
  app.put(
    '/iam/users/:userId/password',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'changePassword',
        summary: 'Change your password',
        description:
          'Ends the user’s other sessions, and those begun as somebody else. The present one goes on with the tokens answered; API tokens and passkeys stay as they are, unless `end_everything` says otherwise; a mail says how many there are, with a link that ends them. All open links end.',
        params: Type.Object({ userId: id('User: oneself.') }),
        body: PasswordChange,
        response: { 200: json(TokenPair, 'The password is changed.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params, body } = request
      await scope.read(caller, (db) => assertPasswordChangeAllowed(db, caller, params.userId))
      const hashes = await checkPasswords(system, request, body)
      const session = await change(scope, request, reply, caller.clientId, (db) =>
        changePassword(db, cipher, request, hashes, body.end_everything ?? false),
      )
      return signPair(keys, session)
    },
  )
}
