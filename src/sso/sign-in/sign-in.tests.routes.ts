/** Test sign-ins of whoever sets a provider up, and identities that somebody links from the profile. */
import { Type } from 'typebox'
import { assertRecentlyVerified } from '../../auth/sessions/sessions.verification.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import { assertOwnSession } from '../../http/verifier.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { deleteIdentity, hasPassword, ownIdentities } from '../identities/identities.queries.ts'
import { Identity } from '../identities/identities.schema.ts'
import { findProvider, lockProvider } from '../providers/providers.queries.ts'
import { isComplete } from '../providers/providers.rules.ts'
import { findOutcome, mayLink } from './sign-in.queries.ts'
import { newOwnTicket, type SsoHandles } from './sign-in.rules.ts'
import { Start, StartedTest, TestOutcome } from './sign-in.schema.ts'

const providers = { tags: ['Identity Providers'], config: { access: access.resellersAndAdministrators } }
const tags = ['Single Sign-On']
const config = { access: access.everyone }
const path = '/reeve/identity_providers/:providerId'

export const ssoTests: Resource<Handles & SsoHandles> = (app, handles) => {
  const { scope, system } = handles

  app.post(
    `${path}/test`,
    {
      config: providers.config,
      schema: {
        tags: providers.tags,
        operationId: 'testIdentityProvider',
        summary: 'Begin a test sign-in',
        description: 'For the browser of whoever asks. Nobody is signed in by it; a draft for which it succeeds is tested.',
        params: Type.Object({ providerId: id('Provider.') }),
        response: { 200: json(StartedTest, 'Where the browser is to go.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async ({ caller, params }, reply) => {
      const row = await scope.write(caller, (db) => lockProvider(db, caller, params.providerId))
      if (!row) throw errors.notFound()
      if (!isComplete(row)) throw errors.invalid({ errors: ['Complete the settings first.'] }, 'provider_state')
      const { url, hash } = newOwnTicket(handles, reply, { provider: row.id, purpose: 'test', user: caller.userId })
      return { id: hash.toString('hex'), url }
    },
  )

  app.get(
    `${path}/tests/:testId`,
    {
      config: providers.config,
      schema: {
        tags: providers.tags,
        operationId: 'getIdentityProviderTest',
        summary: 'How a test sign-in went',
        description: 'For whoever began it, for an hour.',
        params: Type.Object({ providerId: id('Provider.'), testId: Type.String({ description: 'Test.' }) }),
        response: { 200: json(TestOutcome, 'How it went.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params: { providerId, testId } }) => {
      const seen = await scope.read(caller, (db) => findProvider(db, caller, providerId))
      if (!seen || !/^[0-9a-f]{64}$/.test(testId)) throw errors.notFound()
      const found = await findOutcome(system, Buffer.from(testId, 'hex'), providerId, caller.userId)
      const { error = null, identity = null } = (found?.outcome ?? {}) as { error?: null; identity?: null }
      return { state: error ? 'failed' : identity ? 'succeeded' : 'waiting', error, identity }
    },
  )

  app.get(
    '/reeve/identities',
    {
      config,
      schema: {
        tags,
        operationId: 'listIdentities',
        summary: 'List the identities you sign in with',
        response: { 200: json(Type.Array(Identity), 'The identities, in order of id.'), ...errorResponses(401) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => ownIdentities(db, caller.userId)),
  )

  app.post(
    '/reeve/identities',
    {
      config,
      schema: {
        tags,
        operationId: 'linkIdentity',
        summary: 'Begin to link an identity',
        description: 'Takes a session of your own, with a proof of identity from the last 15 minutes.',
        body: Type.Object(
          { provider_id: Type.Integer({ description: 'Provider.' }) },
          { title: 'NewIdentity', examples: [{ provider_id: 1 }] },
        ),
        response: { 200: json(Start, 'Where the browser is to go.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      const { caller, body } = request
      await scope.read(caller, (db) => assertRecentlyVerified(db, caller))
      if (!(await mayLink(system, caller.userId, body.provider_id))) throw errors.notFound()
      return { url: newOwnTicket(handles, reply, { provider: body.provider_id, purpose: 'link', user: caller.userId }).url }
    },
  )

  app.delete(
    '/reeve/identities/:identityId',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteIdentity',
        summary: 'Unlink an identity',
        description:
          'Takes a session of your own, with a proof of identity from the last 15 minutes. Ends your other sessions by its provider. Somebody without a password keeps the last one.',
        params: Type.Object({ identityId: id('Identity of oneself.') }),
        response: { 204: noContent('Nobody signs in as you by it any more.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, caller.clientId, async (db) => {
        await assertRecentlyVerified(db, caller)
        const own = await ownIdentities(db, caller.userId)
        const identity = own.find(({ id }) => id === params.identityId)
        if (!identity) throw errors.notFound()
        if (own.length === 1 && !(await hasPassword(db, caller.userId)))
          throw errors.forbidden('This is your only way to sign in. Set a password first.', 'last_way_in')
        await deleteIdentity(db, caller.userId, identity, caller.credential.type === 'session' ? caller.credential.id : null)
        await notifySecurityChange(db, request, 'identity_removed')
      })
    },
  )
}
