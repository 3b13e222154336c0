/** Adding an account of one's own. */
import { access } from '../../../http/access.ts'
import { change } from '../../../http/activity.ts'
import type { Resource } from '../../../http/resource.ts'
import { errorResponses, json } from '../../../http/schema.ts'
import { createAccount } from './own.rules.ts'
import { AccountRequest, CreatedAccount } from './own.schema.ts'

const tags = ['Account']

export const ownAccounts: Resource = (app, { scope }) => {
  app.post(
    '/iam/clients/create',
    {
      config: { access: access.ownAccounts },
      schema: {
        tags,
        operationId: 'createAccount',
        summary: 'Create another account for yourself',
        description:
          'For Administrators. The caller owns and administers the new account. To work in it, switch to it in a session; an API token stays in its own account.',
        body: AccountRequest,
        response: { 201: json(CreatedAccount, 'The account.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      reply.code(201)
      return change(
        scope,
        request,
        reply,
        ({ id }: { id: number }) => id,
        (db) => createAccount(db, request.caller, request.body.company),
      )
    },
  )
}
