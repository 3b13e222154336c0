/** The caller's two-step verification under /reeve/users/me/totp. Staff mail a link to users who lost their authenticator. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change, resultAsAffected } from '../../http/activity.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent, Sent } from '../../http/schema.ts'
import { assertOwnSession, Confirmation, type Verifier } from '../../http/verifier.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { findTwoStep } from './two-step.queries.ts'
import { begin, confirm, disable, isOff, mailReset, renewBackupCodes } from './two-step.rules.ts'
import { BackupCodes, FirstCode, PasswordAndCode, TotpSecret, TwoStep } from './two-step.schema.ts'

const tags = ['Two-Step Verification']
const own = '/reeve/users/me/totp'
const config = { access: access.everyone }
const enrolling = { ...config, whileEnrolling: true } as const
const backupCodes = json(BackupCodes, 'The backup codes, shown this once.')

export const twoStep: Resource<Handles & { cipher: Cipher; verifier: Verifier }> = (app, { scope, cipher, verifier }) => {
  app.get(
    own,
    {
      config: enrolling,
      schema: {
        tags,
        operationId: 'getTwoStep',
        summary: 'Whether two-step verification is on',
        response: { 200: json(TwoStep, 'Of oneself.'), ...errorResponses(401) },
      },
    },
    async ({ caller }) => {
      const state = await scope.read(caller, (db) => findTwoStep(db, caller.userId))
      return { ...state, must_enrol: caller.mustEnrol }
    },
  )

  app.post(
    own,
    {
      config: enrolling,
      schema: {
        tags,
        operationId: 'beginTotp',
        summary: 'Begin two-step verification',
        description: 'Answers a secret for an authenticator. Nothing changes until a code of it confirms that it arrived there.',
        body: Confirmation,
        response: { 200: json(TotpSecret, 'The secret, shown this once.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      await verifier.verifyPasswordAndCode(request, request.body)
      return shownOnce(request, reply, (db) => begin(db, cipher, request.caller))
    },
  )

  app.post(
    `${own}/confirm`,
    {
      config: enrolling,
      schema: {
        tags,
        operationId: 'confirmTotp',
        summary: 'Switch two-step verification on',
        description: 'Ends your other sessions. API tokens keep working: programs have no authenticator.',
        body: FirstCode,
        response: { 200: backupCodes, ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      const proven = await verifier.verifyPendingCode(request, request.body.one_time_password)
      return shownOnce(request, reply, (db) => confirm(db, cipher, request, proven))
    },
  )

  app.post(
    `${own}/backup_codes`,
    {
      config,
      schema: {
        tags,
        operationId: 'renewBackupCodes',
        summary: 'New backup codes',
        description: 'The old ones work no more.',
        body: PasswordAndCode,
        response: { 200: backupCodes, ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      await assertOn(request)
      await verifier.verifyPasswordAndCode(request, request.body)
      return shownOnce(request, reply, (db) => renewBackupCodes(db, request))
    },
  )

  app.delete(
    own,
    {
      config,
      schema: {
        tags,
        operationId: 'disableTotp',
        summary: 'Switch two-step verification off',
        body: PasswordAndCode,
        response: { 204: noContent('A password is enough again.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      await assertOn(request)
      await verifier.verifyPasswordAndCode(request, request.body)
      reply.code(204)
      await change(scope, request, reply, request.caller.clientId, (db) => disable(db, request))
    },
  )

  app.post(
    '/reeve/users/:userId/totp/reset',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'resetTotp',
        summary: 'Mail a user a link that switches two-step verification off',
        description:
          'For a user who lost the authenticator; by a seller where its reseller allows it. Not in the 72 hours after staff changed the email. The link works once, for 24 hours.',
        params: Type.Object({ userId: id('User.') }),
        response: { 200: json(Sent, 'The mail was sent.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      await change(scope, request, reply, resultAsAffected, (db) => mailReset(db, cipher, caller, params.userId))
      return { status: 'sent' as const }
    },
  )

  /** Call before the code is used up. */
  async function assertOn({ caller }: FastifyRequest) {
    if (!(await scope.read(caller, (db) => findTwoStep(db, caller.userId))).enabled) throw isOff()
  }

  function shownOnce<T>(request: FastifyRequest, reply: FastifyReply, make: (db: ScopedSql) => Promise<T>) {
    return change(scope, request, reply, request.caller.clientId, make)
  }
}
