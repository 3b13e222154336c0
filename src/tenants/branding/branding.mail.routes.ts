/** POST /reeve/branding/test_mail: tests the mail server of the settings and returns why it fails. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { enumeration, errorResponses, json } from '../../http/schema.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { ownerOf } from '../../lib/owner.ts'
import { createSemaphore, sharesOf } from '../../lib/semaphore.ts'
import { type Addresses, brandOf } from '../../mail/brand.ts'
import { type Mail, queueMail } from '../../mail/outbox.ts'
import { ownServer } from '../../mail/send.queries.ts'
import { deliverNow } from '../../mail/send.ts'
import type { MailNetwork } from '../../mail/servers.ts'
import { findUserLang } from './branding.queries.ts'

const TestMail = Type.Object(
  {
    status: enumeration(['sent', 'kept'], { description: '`kept`: there is no mail server, so the email stays in the outbox.' }),
    recipient: Type.String({ description: 'Your address.' }),
  },
  { title: 'TestMail' },
)

/** A server that does not respond holds its permit for about ten seconds. */
const trying = { name: 'test_mails', ...sharesOf({ permits: 4, queue: 20 }), timeout: 10_000 }

export const testMail: Resource<Handles & { cipher: Cipher; mail: { addresses: Addresses; network: MailNetwork } }> = (
  app,
  { scope, cipher, mail: settings },
) => {
  const semaphore = createSemaphore(trying)

  app.post(
    '/reeve/branding/test_mail',
    {
      config: { access: access.resellers },
      schema: {
        tags: ['Branding'],
        operationId: 'sendTestMail',
        summary: 'Send yourself a test email',
        description:
          'Sends it at once, through the mail server in the branding or else the server’s own. Returns what the mail server said, without login and password.',
        response: { 200: json(TestMail, 'The email was sent, or is kept.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { addresses, network } = settings
      const { resellerId, clientId, userId, email: recipient } = request.caller
      const { server, brand, lang } = await scope.read(request.caller, async (db) => ({
        server: (await ownServer(db, cipher, resellerId)) ?? network.shared,
        brand: await brandOf(db, resellerId, addresses),
        lang: await findUserLang(db, userId),
      }))
      const mail: Mail = { reseller_id: resellerId, client_id: clientId, user_id: userId, recipient, lang, template: 'test', details: {} }
      if (server) {
        const objection = await semaphore.run(ownerOf(request.caller), () => deliverNow(mail, brand, server, network))
        if (objection) throw errors.invalid({ privateSettings: { mailServer: [objection] } }, 'mail_server_failed')
      }
      return change(scope, request, reply, null, async (db) => {
        if (!server) await queueMail(db, mail)
        return { status: server ? 'sent' : 'kept', recipient }
      })
    },
  )
}
