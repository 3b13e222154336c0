/** The caller's passkeys under /reeve/users/me/passkeys, and sign-in with a passkey under /reeve/auth/passkeys. */

import { Type } from 'typebox'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import type { SigningKeys } from '../../http/signing-keys.ts'
import { assertOwnSession, Confirmation, type Verifier } from '../../http/verifier.ts'
import type { Addresses } from '../../mail/brand.ts'
import { signPair } from '../sessions/sessions.rules.ts'
import { TokenPair } from '../sessions/sessions.schema.ts'
import { listPasskeys, renamePasskey } from './passkeys.queries.ts'
import { addPasskey, checkedPasskey, creationOptions, removePasskey } from './passkeys.rules.ts'
import { CreationOptions, NewPasskey, Passkey, PasskeyLogin, PasskeyName, RequestOptions } from './passkeys.schema.ts'
import { askForPasskey, signInByPasskey } from './passkeys.sign-in.ts'

const tags = ['Passkeys']
const own = '/reeve/users/me/passkeys'
const config = { access: access.everyone }
const enrolling = { ...config, whileEnrolling: true } as const
const params = Type.Object({ passkeyId: id('Passkey of oneself.') })

export interface PasskeyHandles extends Handles {
  system: SystemSql
  keys: SigningKeys
  verifier: Verifier
  mail: { addresses: Addresses }
}

export const passkeys: Resource<PasskeyHandles> = (app, { scope, system, keys, verifier, mail }) => {
  app.post(
    '/reeve/auth/passkeys/options',
    {
      config: { access: access.public },
      schema: {
        tags,
        operationId: 'beginPasskeyLogin',
        summary: 'Ask to sign in with a passkey',
        description:
          'For the page whose Origin it is: that of this server or of a reseller’s domain. The challenge works once, for five minutes.',
        response: { 200: json(RequestOptions, 'What the browser is to do.') },
      },
    },
    (request) => askForPasskey(system, mail.addresses, request),
  )

  app.post(
    '/reeve/auth/passkeys/login',
    {
      config: { access: access.public },
      bodyLimit: 24 * 1024, // what PasskeyLogin allows
      schema: {
        tags,
        operationId: 'passkeyLogin',
        summary: 'Sign in with a passkey',
        description: 'Neither a password nor a code is asked for: the authenticator made sure who holds it.',
        body: PasskeyLogin,
        response: { 200: json(TokenPair, 'The tokens.'), ...errorResponses(400, 403) },
      },
    },
    async (request) => {
      const session = await signInByPasskey(system, request, request.body)
      if (!session) throw errors.noSuchAccount()
      return signPair(keys, session)
    },
  )

  app.get(
    own,
    {
      config: enrolling,
      schema: {
        tags,
        operationId: 'listPasskeys',
        summary: 'List your passkeys',
        response: { 200: json(Type.Array(Passkey), 'The passkeys, in order of id.'), ...errorResponses(401) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => listPasskeys(db, caller.userId)),
  )

  app.post(
    `${own}/options`,
    {
      config: enrolling,
      schema: {
        tags,
        operationId: 'beginPasskey',
        summary: 'Begin to add a passkey',
        body: Confirmation,
        response: { 200: json(CreationOptions, 'What the browser is to make, within five minutes.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request) => {
      assertOwnSession(request)
      await verifier.verifyPasswordAndCode(request, request.body)
      return creationOptions(scope, system, mail.addresses, request)
    },
  )

  app.post(
    own,
    {
      config: enrolling,
      bodyLimit: 80 * 1024, // what NewPasskey allows
      schema: {
        tags,
        operationId: 'addPasskey',
        summary: 'Add a passkey',
        body: NewPasskey,
        response: { 201: json(Passkey, 'The passkey.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      const { caller } = request
      const row = await checkedPasskey(system, caller, request.body)
      reply.code(201)
      return change(scope, request, reply, caller.clientId, (db) => addPasskey(db, request, row))
    },
  )

  app.patch(
    `${own}/:passkeyId`,
    {
      config,
      schema: {
        tags,
        operationId: 'renamePasskey',
        summary: 'Rename a passkey',
        params,
        body: PasskeyName,
        response: { 200: json(Passkey, 'The passkey.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      const { caller, params, body } = request
      return change(scope, request, reply, caller.clientId, async (db) => {
        const passkey = await renamePasskey(db, caller.userId, params.passkeyId, body.name)
        if (!passkey) throw errors.notFound()
        return passkey
      })
    },
  )

  app.delete(
    `${own}/:passkeyId`,
    {
      config,
      schema: {
        tags,
        operationId: 'deletePasskey',
        summary: 'Delete a passkey',
        description: 'Nobody signs in with it any more. Takes a proof from the last 15 minutes (POST /reeve/sessions/current/proof).',
        params,
        response: { 204: noContent('The passkey was deleted.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, caller.clientId, (db) => removePasskey(db, request, params.passkeyId))
    },
  )
}
