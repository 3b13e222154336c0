/** The outbox under /reeve/outbox, for the platform: mail that was sent, that is kept for want of a mail server, or that failed. */
import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id, integer, oneOf, text } from '../../http/parameters.ts'
import { type Handles, type Resource, sendDocument } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../../lists/cursors.ts'
import { type Addresses, brandOf } from '../../mail/brand.ts'
import { hasLink, isTemplate } from '../../mail/render.ts'
import { written } from '../../mail/send.ts'
import type { MailNetwork } from '../../mail/servers.ts'
import { findMail, lockMail, mailsAfter, retryMail } from './outbox.queries.ts'
import { mailStates, OutboxEntry, OutboxMail } from './outbox.schema.ts'

const tags = ['Outbox']
const newestFirst: KeysetOrder = { column: 'id', descending: true }
const params = Type.Object({ id: id('Mail.') })

export const outbox: Resource<Handles & { cipher: Cipher; mail: { addresses: Addresses; network: MailNetwork } }> = (
  app,
  { scope, cipher, mail: settings },
) => {
  const shared = () => settings.network.shared !== undefined

  app.get(
    '/reeve/outbox',
    {
      config: { access: access.platform },
      schema: {
        tags,
        operationId: 'walkOutbox',
        summary: 'List emails by cursor',
        description: 'Sent emails and those waiting to be sent, newest first. All filters combine with AND.',
        querystring: Type.Object({
          ...cursorParameters,
          state: oneOf(mailStates, 'State.'),
          recipient: text('Part of the address.'),
          reseller_id: integer('Reseller.'),
          template: text('Template.'),
        }),
        response: { 200: json(cursorPage('OutboxWalk', OutboxEntry), 'A page.'), ...errorResponses(400, 401, 403) },
      },
    },
    async ({ caller, query }, reply) => {
      const { limit = 100, cursor, ...filters } = query
      const position = positionIn(newestFirst, cursor)
      const rows = await scope.read(caller, (db) => mailsAfter(db, shared(), filters, position?.id, limit), 'custom')
      const documents = rows.map(({ document }) => [document])
      return sendDocument(reply, cursorText(documents, newestFirst, limit, rows.at(-1)))
    },
  )

  /** The account whose log shows that a mail was viewed or retried. */
  const account = ({ client_id }: { client_id: number | null }) => client_id

  const show = async (db: ScopedSql, mailId: number) => {
    const mail = await findMail(db, shared(), mailId)
    if (!mail) throw errors.notFound()
    if (!isTemplate(mail.template)) return { ...mail.entry, subject: '', text: '', html: '', link: null }
    // Once a mail can be sent, only its recipient may see the link.
    const opened = mail.entry.state === 'kept' ? mail : { ...mail, encrypted_link: null }
    const { link = null, ...content } = written(cipher, opened, await brandOf(db, mail.reseller_id, settings.addresses))
    return { ...mail.entry, ...content, link }
  }

  app.get(
    '/reeve/outbox/:id',
    {
      config: { access: access.platform, changes: true },
      schema: {
        tags,
        operationId: 'getOutboxMail',
        summary: 'Get an email as it looks',
        description:
          'Without a mail server, emails are kept and can be passed on from here. Only then does the email show its link. Somebody could sign ' +
          'in with that link, so reading it is recorded in the activity log, also in that of the account concerned.',
        params,
        response: { 200: json(OutboxMail, 'The mail.'), ...errorResponses(401, 403, 404) },
      },
    },
    (request, reply) => change(scope, request, reply, account, (db) => show(db, request.params.id)),
  )

  app.post(
    '/reeve/outbox/:id/retry',
    {
      config: { access: access.platform },
      schema: {
        tags,
        operationId: 'retryOutboxMail',
        summary: 'Send an email again now',
        description:
          'Sends a dead mail, or one that waits for its next attempt. The link in a dead mail has been erased, so request a new mail instead.',
        params,
        response: { 200: json(OutboxEntry, 'The email, about to be sent.'), ...errorResponses(401, 403, 404, 409) },
      },
    },
    (request, reply) =>
      change(scope, request, reply, account, async (db) => {
        const { id } = request.params
        const { leased } = await lockMail(db, id)
        const mail = await findMail(db, shared(), id)
        if (!mail) throw errors.notFound()
        const { state } = mail.entry
        if (state === 'sent') throw errors.conflict('This mail has already been sent.', 'mail_sent')
        if (state === 'kept') throw errors.conflict('There is no mail server to send this mail through.', 'no_mail_server')
        if (leased) throw errors.conflict('This mail is being sent.', 'mail_being_sent')
        if (state === 'dead' && hasLink(mail.template))
          throw errors.conflict('The link in this mail has been erased. Request a new mail instead.', 'mail_link_erased')
        await retryMail(db, id)
        return ((await findMail(db, shared(), id)) as typeof mail).entry
      }),
  )
}
