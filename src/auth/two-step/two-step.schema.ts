/** JSON schemas of two-step verification, beyond the contract. */
import { Type } from 'typebox'

const password = Type.String({ description: 'The present password.' })
const code = Type.String({ description: 'Code from the authenticator app, or a backup code. It works once.' })

export const PasswordAndCode = Type.Object(
  { password, one_time_password: code },
  { title: 'FullProof', examples: [{ password: 'reeve-demo-password', one_time_password: '492039' }] },
)
export const FirstCode = Type.Object(
  { one_time_password: Type.String({ description: 'Code that the authenticator app shows for the new secret.' }) },
  { title: 'FirstCode', examples: [{ one_time_password: '492039' }] },
)

export const TwoStep = Type.Object(
  {
    enabled: Type.Boolean({ description: 'Whether signing in with a password also takes a code.' }),
    backup_codes: Type.Integer({ description: 'Number of unused backup codes.' }),
    must_enrol: Type.Boolean({ description: 'Whether the reseller requires it. If so, the session can do nothing else until it is on.' }),
  },
  { title: 'TwoStepVerification' },
)

export const TotpSecret = Type.Object(
  {
    secret: Type.String({ description: 'The secret in Base32, to type in.' }),
    uri: Type.String({ description: 'The secret as an otpauth URI.' }),
    qr: Type.String({ description: 'The URI as a QR code, an SVG document.' }),
  },
  { title: 'TotpSecret' },
)

export const BackupCodes = Type.Object(
  { backup_codes: Type.Array(Type.String(), { description: 'Each works once instead of a code. They are not shown again.' }) },
  { title: 'BackupCodes' },
)
