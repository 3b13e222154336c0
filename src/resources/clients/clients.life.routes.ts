/** Deleting and restoring accounts under /reeve/clients: a reseller does, an account's Administrator asks for it. Beyond the contract. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { json, noContent, refused } from '../../http/schema.ts'
import { type Step, takeStep } from './clients.life.rules.ts'
import { findAccount, findClient } from './clients.queries.ts'
import { Client } from './clients.schema.ts'

const tags = ['Clients']
const params = Type.Object({ clientId: id('Account.') })

export const clientLives: Resource = (app, { scope }) => {
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
        response: { 204: noContent('It is deleted.'), ...refused(401, 403, 404) },
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
        description: 'With its people, services and API tokens as they were, unless another account has its company now.',
        params,
        response: { 200: json(Client, 'The account.'), ...refused(400, 401, 403, 404) },
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
        summary: "Ask for the account's deletion",
        description: 'Of the account one works in. It is paused meanwhile, and the addresses that its reseller named are told.',
        params,
        response: { 200: json(Client, 'The account.'), ...refused(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendDocument(reply, await step('request', request, reply, request.params.clientId)),
  )

  app.delete(
    '/reeve/clients/:clientId/deletion_request',
    {
      config: { access: access.administrators },
      schema: {
        tags,
        operationId: 'withdrawClientDeletion',
        summary: "Withdraw the request for an account's deletion",
        description: "By the account's Administrators, and by staff who decline it. The status is what the services say again.",
        params,
        response: { 204: noContent('It is withdrawn.'), ...refused(400, 401, 403, 404) },
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
      await takeStep(db, caller, clientId, step)
      return (await findClient(db, caller, clientId)) as Buffer
    })
}
