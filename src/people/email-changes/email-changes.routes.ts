/** Asking for another email to sign in with. */
import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { answered, change } from '../../http/activity.ts'
import { id } from '../../http/parameters.ts'
import type { Proof } from '../../http/proof.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { invalidOr, json, refused } from '../../http/schema.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { admitEmailChange, emailRefusals, mailEmailChange } from './email-changes.requests.ts'
import { EmailAsked, EmailChange, EmailRefused } from './email-changes.schema.ts'

const tags = ['Users']

export const emailChanges: Resource<Handles & { cipher: Cipher; proof: Proof }> = (app, { scope, cipher, proof }) => {
  app.put(
    '/iam/users/:userId/email',
    {
      config: { access: access.everyone },
      errorHandler: emailRefusals,
      schema: {
        tags,
        operationId: 'updateUserEmail',
        summary: 'Ask for another email',
        description:
          'Mails the new address a link that confirms the change, and the present one a link that stops it. The user signs in with the present one until then. Of another user staff ask, a seller where its reseller allows it: that takes the consent of the present address, or 72 hours without an objection from there. Ten times an hour at most.',
        params: Type.Object({ userId: id('User.') }),
        body: EmailChange,
        response: { 200: json(EmailAsked, 'Both addresses were mailed.'), ...refused(401, 403, 404), 400: invalidOr(EmailRefused) },
      },
    },
    async (request, reply) => {
      const { caller, params, body } = request
      await admitEmailChange(scope, proof, request, params.userId, body)
      const asked = (db: ScopedSql) => mailEmailChange(db, cipher, caller, params.userId, body.new_email)
      await change(scope, request, reply, answered, asked)
      return { new_email: body.new_email }
    },
  )
}
