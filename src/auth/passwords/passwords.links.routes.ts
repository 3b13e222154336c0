/** Requests that mail a link: anybody for a forgotten password, staff for a user's password, whoever may invite for an invitation. */

import { setTimeout } from 'node:timers/promises'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change, resultAsAffected } from '../../http/activity.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, Sent } from '../../http/schema.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { countLink } from '../attempts/attempts.rules.ts'
import { mailForgotten, renewInvitation, resetPassword } from './passwords.links.ts'
import { EmailRequest } from './passwords.schema.ts'

const tags = ['Account']
const sent = { status: 'sent' as const }
/** Delay of the response to a forgotten password, in milliseconds: mail for a known address is queued by then. */
const ANSWER_AFTER = 250

export const passwordLinks: Resource<Handles & { system: SystemSql; cipher: Cipher }> = (app, { scope, system, cipher }) => {
  app.post(
    '/iam/auth/password/forgot',
    {
      config: { access: access.public },
      schema: {
        tags,
        operationId: 'forgotPassword',
        summary: 'Ask for a link to a new password',
        description:
          'The answer is the same, in the same time, whether or not a user has this address. The link works once, for an hour. Who asks often is told to wait by 429.',
        body: EmailRequest,
        response: { 200: json(Sent, 'Mail was sent, if there is somebody to get it.'), ...errorResponses(400) },
      },
    },
    async (request) => {
      const { email } = request.body
      await countLink(system, request, email)
      await Promise.all([mailForgotten(system, cipher, email), setTimeout(ANSWER_AFTER)])
      return sent
    },
  )

  app.post(
    '/iam/auth/reset_password',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'resetPassword',
        summary: 'Mail a user a link to a new password',
        description:
          'For the users of one’s reseller; a seller for client users. The present password works until the link is used. Not in the 72 hours after staff changed the email.',
        body: EmailRequest,
        response: { 200: json(Sent, 'The mail was sent.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      await change(scope, request, reply, resultAsAffected, (db) => resetPassword(db, cipher, caller, body.email))
      return sent
    },
  )

  app.post(
    '/iam/auth/renew_invitation',
    {
      config: { access: access.administrators },
      schema: {
        tags,
        operationId: 'renewInvitation',
        summary: 'Mail an invitation again',
        description: 'The new link works once, for 24 hours; the one before works no more.',
        body: EmailRequest,
        response: { 200: json(Sent, 'The mail was sent.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      await change(scope, request, reply, resultAsAffected, (db) => renewInvitation(db, cipher, caller, body.email))
      return sent
    },
  )
}
