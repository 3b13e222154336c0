/** Ways to sign in, as the log of sign-ins names them, in the reader's language. */
import { Trans } from '@lingui/react/macro'
import { Fragment } from 'react'

export function WayToSignIn({ type }: { type: string }) {
  if (type === 'password') return <Trans>Password</Trans>
  if (type === 'password_and_code') return <Trans>Password and code</Trans>
  if (type === 'password_without_code') return <Trans>Password without the code</Trans>
  if (type === 'passkey') return <Trans>Passkey</Trans>
  if (type === 'sso') return <Trans>Identity provider</Trans>
  if (type === 'github') return 'GitHub'
  if (type === 'google-oauth2') return 'Google'
  return type
}

/** How somebody can sign in: `auth_types` of a user. */
export function WaysToSignIn({ types }: { types: readonly string[] }) {
  return types.map((type, index) => (
    <Fragment key={type}>
      {index > 0 && ', '}
      <WayToSignIn type={type} />
    </Fragment>
  ))
}
