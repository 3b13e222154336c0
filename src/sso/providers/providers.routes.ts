/** Identity providers under /reeve/identity_providers: a reseller's own and those of its accounts; Administrators set up their account's. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id, parameter } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import { affectedBy, findProvider, listProviders, type ProviderRow } from './providers.queries.ts'
import { changeProvider, createProvider, deleteProvider, type Making, present, theirSettings } from './providers.rules.ts'
import { Enforcement, Exceptions, IdentityProvider, NewProvider, ProviderChanges, StateChange } from './providers.schema.ts'
import { listExceptions } from './providers.states.queries.ts'
import { dropException, enforcementInSight, makeException, setState } from './providers.states.ts'

const tags = ['Identity Providers']
const config = { access: access.resellersAndAdministrators }
const path = '/reeve/identity_providers'
const ofProvider = { providerId: id('Provider.') }
const one = Type.Object(ofProvider)
const person = Type.Object({ ...ofProvider, userId: id('User.') })
/** A document with metadata. Larger ones are read by their address. */
const bodyLimit = 96 * 1024
const shown = json(IdentityProvider, 'The provider as it is now.')

export const identityProviders: Resource<Handles & { making: Making }> = (app, { scope, making }) => {
  const providerInSight = async (db: ScopedSql, request: FastifyRequest, providerId: number) => {
    const provider = await findProvider(db, request.caller, providerId)
    if (!provider) throw errors.notFound()
    return present(db, making.addresses, provider)
  }
  /** Makes a change and returns what the provider is then. */
  const changing = async (
    request: FastifyRequest,
    reply: FastifyReply,
    providerId: number,
    make: (db: ScopedSql) => Promise<ProviderRow>,
  ) => {
    const { document } = await change(scope, request, reply, affectedBy, async (db) => {
      const row = await make(db)
      return { ...row, document: await providerInSight(db, request, providerId) }
    })
    return document
  }

  app.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'listIdentityProviders',
        summary: 'List identity providers',
        description: 'Administrators see those of their account, resellers their own and those of their accounts. At most five each.',
        querystring: Type.Object({
          client_id: parameter<number>({ type: 'integer', description: 'Only those of this account.' }, (value) =>
            /^\d{1,15}$/.test(value) ? Number(value) : 0,
          ),
        }),
        response: { 200: json(Type.Array(IdentityProvider), 'The providers, in order of id.'), ...errorResponses(401, 403) },
      },
    },
    ({ caller, query }) =>
      scope.read(caller, async (db) => {
        const rows = await listProviders(db, caller, query.client_id)
        const documents = []
        for (const row of rows) documents.push(await present(db, making.addresses, row))
        return documents
      }),
  )

  app.post(
    path,
    {
      config,
      bodyLimit,
      schema: {
        tags,
        operationId: 'createIdentityProvider',
        summary: 'Add an identity provider',
        description:
          'It begins as a draft, for which a name is enough. Takes a proof of identity from the last 15 minutes, as all changes here do.',
        body: NewProvider,
        response: { 201: shown, ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const theirs = await theirSettings(making, body)
      reply.code(201)
      return change(scope, request, reply, affectedBy, async (db) =>
        providerInSight(db, request, await createProvider(making, db, caller, body, theirs)),
      )
    },
  )

  app.get(
    `${path}/:providerId`,
    {
      config,
      schema: {
        tags,
        operationId: 'getIdentityProvider',
        summary: 'One identity provider',
        params: one,
        response: { 200: shown, ...errorResponses(401, 403, 404) },
      },
    },
    (request) => scope.read(request.caller, (db) => providerInSight(db, request, request.params.providerId)),
  )

  app.patch(
    `${path}/:providerId`,
    {
      config,
      bodyLimit,
      schema: {
        tags,
        operationId: 'updateIdentityProvider',
        summary: 'Change an identity provider',
        description:
          'Another issuer or entity id forgets the identities that the former one had. New settings take a tested provider back to a draft.',
        params: one,
        body: ProviderChanges,
        response: { 200: shown, ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { providerId } = request.params
      const theirs = await theirSettings(making, body)
      return changing(request, reply, providerId, (db) => changeProvider(making, db, caller, providerId, body, theirs))
    },
  )

  app.delete(
    `${path}/:providerId`,
    {
      config,
      schema: {
        tags,
        operationId: 'deleteIdentityProvider',
        summary: 'Delete an identity provider',
        description: 'The sessions that it began end, and nobody signs in by it any more.',
        params: one,
        response: { 204: noContent('It is gone.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await change(scope, request, reply, affectedBy, (db) => deleteProvider(db, request.caller, request.params.providerId))
    },
  )

  app.post(
    `${path}/:providerId/state`,
    {
      config,
      schema: {
        tags,
        operationId: 'setIdentityProviderState',
        summary: 'Switch an identity provider on, off, or enforce it',
        description:
          'Once it is enforced, everybody it is for works only in sessions that it began, but for the exceptions, who need a second step. Sessions that do not conform end. GET …/enforcement shows beforehand whom that locks out.',
        params: one,
        body: StateChange,
        response: { 200: shown, ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { caller, body } = request
      const { providerId } = request.params
      return changing(request, reply, providerId, (db) => setState(db, caller, providerId, body))
    },
  )

  app.get(
    `${path}/:providerId/enforcement`,
    {
      config,
      schema: {
        tags,
        operationId: 'previewEnforcement',
        summary: 'Whom enforcing an identity provider would lock out',
        params: one,
        response: { 200: json(Enforcement, 'What would happen.'), ...errorResponses(401, 403, 404) },
      },
    },
    ({ caller, params }) => scope.read(caller, (db) => enforcementInSight(db, caller, params.providerId)),
  )

  app.get(
    `${path}/:providerId/exceptions`,
    {
      config,
      schema: {
        tags,
        operationId: 'listEnforcementExceptions',
        summary: 'List who may sign in otherwise',
        params: one,
        response: { 200: json(Exceptions, 'The exceptions, in order of id.'), ...errorResponses(401, 403, 404) },
      },
    },
    (request) =>
      scope.read(request.caller, async (db) => {
        await providerInSight(db, request, request.params.providerId)
        return listExceptions(db, request.params.providerId)
      }),
  )

  app.put(
    `${path}/:providerId/exceptions/:userId`,
    {
      config,
      schema: {
        tags,
        operationId: 'addEnforcementException',
        summary: 'Let somebody sign in otherwise',
        description: 'By password and second step, or passkey. All Administrators get a mail whenever an exception signs in so.',
        params: person,
        response: { 204: noContent('The user is an exception.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { providerId, userId } = request.params
      reply.code(204)
      await change(scope, request, reply, affectedBy, (db) => makeException(db, request.caller, providerId, userId))
    },
  )

  app.delete(
    `${path}/:providerId/exceptions/:userId`,
    {
      config,
      schema: {
        tags,
        operationId: 'removeEnforcementException',
        summary: 'Take an exception back',
        description: 'Where the provider is enforced, the sessions of the user end.',
        params: person,
        response: { 204: noContent('The user is no exception any more.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { providerId, userId } = request.params
      reply.code(204)
      await change(scope, request, reply, affectedBy, (db) => dropException(db, request.caller, providerId, userId))
    },
  )
}
