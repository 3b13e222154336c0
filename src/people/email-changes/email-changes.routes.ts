/** Asking for another email to sign in with. */
import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change, resultAsAffected } from '../../http/activity.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, invalidOrDocumented, json } from '../../http/schema.ts'
import type { Verifier } from '../../http/verifier.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { assertEmailChangeAllowed, emailErrors, mailEmailChange } from './email-changes.requests.ts'
import { EmailAsked, EmailChange, EmailErrors } from './email-changes.schema.ts'

const tags = ['Users']

export const emailChanges: Resource<Handles & { cipher: Cipher; verifier: Verifier }> = (app, { scope, cipher, verifier }) => {
  app.put(
    '/iam/users/:userId/email',
    {
      config: { access: access.everyone },
      errorHandler: emailErrors,
      schema: {
        tags,
        operationId: 'updateUserEmail',
        summary: 'Request a change of email',
        description:
          'Sends the new address a link that confirms the change, and the present address a link that stops it. Until then the user signs in with the present one. Staff can request it for another user, sellers if their reseller allows it. That takes approval from the present address, or 72 hours without an objection. Limited to ten requests an hour.',
        params: Type.Object({ userId: id('User.') }),
        body: EmailChange,
        response: {
          200: json(EmailAsked, 'Emails were sent to both addresses.'),
          ...errorResponses(401, 403, 404),
          400: invalidOrDocumented(EmailErrors),
        },
      },
    },
    async (request, reply) => {
      const { caller, params, body } = request
      await assertEmailChangeAllowed(scope, verifier, request, params.userId, body)
      const asked = (db: ScopedSql) => mailEmailChange(db, cipher, caller, params.userId, body.new_email)
      await change(scope, request, reply, resultAsAffected, asked)
      return { new_email: body.new_email }
    },
  )
}
