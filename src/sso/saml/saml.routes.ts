/** GET /iam/auth/saml2/metadata: our side of SAML, for whoever sets up a provider. */
import { Type } from 'typebox'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import type { Resource } from '../../http/resource.ts'
import type { Addresses } from '../../mail/brand.ts'
import { originAt } from '../origins.ts'
import type { SamlKeys } from './saml.keys.ts'
import { ownMetadata } from './saml.own-metadata.ts'

/** Providers read it once a day at most, and its signature costs time. */
const KEPT = 5 * 60_000

export const samlMetadata: Resource<{ system: SystemSql; samlKeys: SamlKeys; mail: { addresses: Addresses } }> = (
  app,
  { system, samlKeys, mail },
) => {
  const made = new Map<string, { xml: string; at: number }>()
  app.get(
    '/iam/auth/saml2/metadata',
    {
      config: { access: access.public },
      schema: {
        tags: ['Account'],
        operationId: 'getSamlMetadata',
        summary: 'SAML metadata of this server',
        description:
          'Signed metadata of the service provider at the host that is asked: its entity id, which is this address, where answers and ' +
          'sign-outs go, and the certificates for signatures and encryption. A host that is no reseller’s has those of this server.',
        response: { 200: { description: 'The metadata.', content: { 'application/samlmetadata+xml': { schema: Type.String() } } } },
      },
    },
    async ({ host }, reply) => {
      const origin = await originAt(system, mail.addresses, host)
      const now = Date.now()
      const keys = await samlKeys.live()
      const name = `${origin} ${keys.map(({ id }) => id)}`
      let one = made.get(name)
      if (!one || now - one.at > KEPT) {
        if (made.size > 1000) made.clear()
        one = { xml: ownMetadata(origin, keys), at: now }
        made.set(name, one)
      }
      return reply
        .header('cache-control', 'public, max-age=300')
        .header('content-disposition', 'attachment; filename="reeve-saml-metadata.xml"')
        .type('application/samlmetadata+xml; charset=utf-8')
        .send(one.xml)
    },
  )
}
