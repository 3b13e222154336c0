/** Deletes and restores accounts under /reeve/clients, for resellers. An account's Administrator can request it. Beyond the contract. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../../http/access.ts'
import { change } from '../../../http/activity.ts'
import { errors } from '../../../http/errors.ts'
import { id } from '../../../http/parameters.ts'
import { type Handles, type Resource, sendDocument } from '../../../http/resource.ts'
import { errorResponses, json, noContent, Sent } from '../../../http/schema.ts'
import { assertOwnSession, CodeOrPassword, type Verifier } from '../../../http/verifier.ts'
import type { Cipher } from '../../../lib/encryption.ts'
import { findAccount, findClient } from '../clients.queries.ts'
import { Client } from '../clients.schema.ts'
import { applyStep, assertRequestable, mailDeletionLink, type Step } from './lifecycle.rules.ts'

const tags = ['Clients']
const params = Type.Object({ clientId: id('Account.') })

export const clientLifecycle: Resource<Handles & { cipher: Cipher; verifier: Verifier }> = (app, { scope, cipher, verifier }) => {
  app.delete(
    '/reeve/clients/:clientId',
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'deleteClient',
        summary: 'Delete an account',
        description: 'Sessions and API tokens in it stop working at once. It stays in the lists as deleted and can be restored.',
        params,
        response: { 204: noContent('The account was deleted.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await step('delete', request, reply, request.params.clientId)
    },
  )

  app.post(
    '/reeve/clients/:clientId/restore',
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'restoreClient',
        summary: 'Restore a deleted account',
        description: 'Restores its users, services and API tokens, unless another account has its company name now.',
        params,
        response: { 200: json(Client, 'The account.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendDocument(reply, await step('restore', request, reply, request.params.clientId)),
  )

  app.post(
    '/reeve/clients/:clientId/deletion_request',
    {
      config: { access: access.ownAccounts },
      schema: {
        tags,
        operationId: 'requestClientDeletion',
        summary: 'Request deletion of an account',
        description:
          'For an Administrator, in their own session in the account. Takes a code from the authenticator app or a backup code if two-step verification is on, else the password. A user who has neither gets 202 and an email with a link, which makes the request once, within an hour. The request pauses the account, and the reseller’s notification addresses get an email.',
        params,
        body: CodeOrPassword,
        response: {
          200: json(Client, 'Deletion of the account is requested.'),
          202: json(Sent, 'An email was sent. The link in it makes the request.'),
          ...errorResponses(400, 401, 403, 404),
        },
      },
      // A user who has nothing to verify its identity with may send no body.
      preValidation: async (request) => {
        if (request.body === undefined) request.body = {}
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { clientId } = request.params
      assertOwnSession(request, 'The deletion of an account is requested in a session of one’s own.')
      await scope.read(caller, (db) => assertRequestable(db, caller, clientId))
      if (await verifier.verifyPasswordOrCode(request, body)) return sendDocument(reply, await step('request', request, reply, clientId))
      reply.code(202)
      await change(scope, request, reply, clientId, (db) => mailDeletionLink(db, cipher, caller, clientId))
      return { status: 'sent' as const }
    },
  )

  app.delete(
    '/reeve/clients/:clientId/deletion_request',
    {
      config: { access: access.administrators },
      schema: {
        tags,
        operationId: 'withdrawClientDeletion',
        summary: 'Withdraw the request to delete an account',
        description:
          'For Administrators of the account, and for staff who decline the request. The status follows the services again, and an emailed link that would make the request stops working.',
        params,
        response: { 204: noContent('The request was withdrawn.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await step('withdraw', request, reply, request.params.clientId)
    },
  )

  const step = (step: Step, request: FastifyRequest, reply: FastifyReply, clientId: number) =>
    change(scope, request, reply, clientId, async (db) => {
      const { caller } = request
      if (caller.kind === 'client' && clientId !== caller.clientId)
        throw (await findAccount(db, clientId)) ? errors.forbidden() : errors.notFound()
      await applyStep(db, caller, clientId, step)
      return (await findClient(db, caller, clientId)) as Buffer
    })
}
