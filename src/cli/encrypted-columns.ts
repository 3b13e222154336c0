/** Every column that the secret of this installation encrypts. test/rotate-secret.test.ts compares the list with the schema and the source. */
import { X509Certificate } from 'node:crypto'
import { totpContext } from '../auth/two-step/two-step.verifier.ts'
import type { EncryptedColumn } from '../db/secret-rotation.ts'
import { signingKeyContext } from '../db/signing-keys.ts'
import { linkContext } from '../mail/outbox.ts'
import { mailPasswordContext } from '../mail/servers.ts'
import { clientSecretContext } from '../sso/providers/providers.rules.ts'
import { samlKeyContext } from '../sso/saml/saml.keys.ts'
import { receivedContext, secretsContext } from '../sso/sign-in/sign-in.rules.ts'

const id = { column: 'id', type: 'bigint' } as const
const hash = { column: 'hash', type: 'bytea' } as const

export const encryptedColumns: readonly EncryptedColumn[] = [
  { table: 'signing_keys', column: 'private_key', key: { column: 'kid', type: 'text' }, from: 'kid', context: signingKeyContext },
  {
    table: 'saml_keys',
    column: 'private_key',
    key: id,
    from: 'certificate',
    context: (pem: string) => samlKeyContext(new X509Certificate(pem).fingerprint256),
  },
  { table: 'identity_providers', column: 'client_secret', key: id, from: 'id', context: () => clientSecretContext },
  {
    table: 'branding',
    column: 'mail_password',
    key: { column: 'reseller_id', type: 'bigint' },
    from: 'reseller_id',
    context: mailPasswordContext,
  },
  { table: 'users', column: 'totp_secret', key: id, from: 'id', context: totpContext },
  { table: 'users', column: 'totp_pending', key: id, from: 'id', context: totpContext },
  { table: 'outbox', column: 'encrypted_link', key: id, from: 'recipient', context: linkContext },
  { table: 'authentication_requests', column: 'secrets', key: hash, from: 'hash', context: secretsContext },
  { table: 'authentication_requests', column: 'received', key: hash, from: 'hash', context: receivedContext },
]
