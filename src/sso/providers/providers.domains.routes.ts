/** Domains of identity providers, under /reeve/identity_providers/{providerId}/domains. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import { assertRecord, claimDomain, domainInSight, markProven, type ReadTxt, releaseDomain } from './providers.domains.ts'
import { affectedBy } from './providers.queries.ts'
import { Domain, NewDomain } from './providers.schema.ts'

const tags = ['Identity Providers']
const config = { access: access.resellersAndAdministrators }
const path = '/reeve/identity_providers'
const ofProvider = { providerId: id('Provider.') }
const one = Type.Object(ofProvider)
const domain = Type.Object({ ...ofProvider, domainId: id('Domain.') })

export const providerDomains: Resource<Handles & { readTxt: ReadTxt }> = (app, { scope, readTxt }) => {
  app.post(
    `${path}/:providerId/domains`,
    {
      config,
      schema: {
        tags,
        operationId: 'claimDomain',
        summary: 'Add a domain to an identity provider',
        description: 'It counts once it is proven. Domains of public mail services never are.',
        params: one,
        body: NewDomain,
        response: { 201: json(Domain, 'The domain, with the TXT record that proves it.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { providerId } = request.params
      reply.code(201)
      const { made } = await change(scope, request, reply, affectedBy, async (db) => {
        const claimed = await claimDomain(db, caller, providerId, body)
        return { ...claimed, made: await domainInSight(db, caller, providerId, claimed.domainId) }
      })
      return made
    },
  )

  app.post(
    `${path}/:providerId/domains/:domainId/verify`,
    {
      config,
      schema: {
        tags,
        operationId: 'verifyDomain',
        summary: 'Prove a domain by its TXT record',
        params: domain,
        response: { 200: json(Domain, 'The domain counts.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller } = request
      const { providerId, domainId } = request.params
      await assertRecord(readTxt, await scope.read(caller, (db) => domainInSight(db, caller, providerId, domainId)))
      return prove(request, reply, request.params, 'dns')
    },
  )

  app.post(
    `${path}/:providerId/domains/:domainId/vouch`,
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'vouchForDomain',
        summary: 'Vouch for a domain of an account',
        description: 'In place of the TXT record, by a reseller who knows that the domain is the account’s.',
        params: domain,
        response: { 200: json(Domain, 'The domain counts.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => prove(request, reply, request.params, 'reseller'),
  )

  app.delete(
    `${path}/:providerId/domains/:domainId`,
    {
      config,
      schema: {
        tags,
        operationId: 'releaseDomain',
        summary: 'Remove a domain of an identity provider',
        params: domain,
        response: { 204: noContent('It is gone.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { providerId, domainId } = request.params
      reply.code(204)
      await change(scope, request, reply, affectedBy, (db) => releaseDomain(db, request.caller, providerId, domainId))
    },
  )

  async function prove(
    request: FastifyRequest,
    reply: FastifyReply,
    { providerId, domainId }: { providerId: number; domainId: number },
    by: 'dns' | 'reseller',
  ) {
    const { made } = await change(scope, request, reply, affectedBy, async (db) => {
      const provider = await markProven(db, request.caller, providerId, domainId, by)
      return { ...provider, made: await domainInSight(db, request.caller, providerId, domainId) }
    })
    return made
  }
}
