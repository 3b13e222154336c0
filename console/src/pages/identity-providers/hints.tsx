/** Where the values go in products that many have. Words in quotation marks are theirs and stay English. */
import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { Kind } from './words.ts'

const products: Record<Kind, string[]> = {
  saml: ['Microsoft Entra ID', 'Okta', 'Google Workspace', 'Keycloak'],
  oidc: ['Keycloak', 'Microsoft Entra ID', 'Okta'],
  google: ['Google'],
  github: ['GitHub'],
}
export const productsOf = (kind: Kind): string[] => products[kind]

export function useHint(kind: Kind, product: string): ReactNode {
  if (kind === 'google')
    return (
      <Trans>
        In Google Cloud, open “APIs & Services”, “Credentials”, and create an “OAuth client ID” of the type “Web application”. Add the
        redirect URI under “Authorized redirect URIs”. Its client ID and secret go into the next step.
      </Trans>
    )
  if (kind === 'github')
    return (
      <Trans>
        In the settings of your organisation, open “Developer settings”, “OAuth Apps”, and register an application. The redirect URI goes
        into “Authorization callback URL”. Its client ID and a new client secret go into the next step.
      </Trans>
    )
  return kind === 'saml' ? samlHint(product) : openIdHint(product)
}

function samlHint(product: string): ReactNode {
  switch (product) {
    case 'Okta':
      return (
        <Trans>
          Under “Applications”, create an app integration of the type “SAML 2.0”. The ACS URL goes into “Single sign-on URL”, the entity ID
          into “Audience URI”. Choose “EmailAddress” as name ID format, then copy the “Metadata URL” from the tab “Sign On”.
        </Trans>
      )
    case 'Google Workspace':
      return (
        <Trans>
          In the admin console, open “Apps”, “Web and mobile apps”, “Add custom SAML app”. Download the metadata in its first step, and
          enter the ACS URL and the entity ID in the second. Choose “EMAIL” as name ID format, and switch the app on for your people.
        </Trans>
      )
    case 'Keycloak':
      return (
        <Trans>
          In your realm, create a client of the type “SAML” whose client ID is the entity ID, with the ACS URL under “Valid redirect URIs”.
          Simpler: “Import client” with our metadata. Its own metadata is linked under “Realm settings”, as “SAML 2.0 Identity Provider
          Metadata”.
        </Trans>
      )
    default:
      return (
        <Trans>
          Under “Enterprise applications”, create your own application, open “Single sign-on”, “SAML”, and enter the entity ID as
          “Identifier” and the ACS URL as “Reply URL”. Then copy the “App Federation Metadata Url” below the certificates, and assign people
          to the application.
        </Trans>
      )
  }
}

function openIdHint(product: string): ReactNode {
  switch (product) {
    case 'Microsoft Entra ID':
      return (
        <Trans>
          Under “App registrations”, register an application with the redirect URI of the platform “Web”, and create a secret under
          “Certificates & secrets”. The issuer is https://login.microsoftonline.com/, then your tenant ID, then /v2.0.
        </Trans>
      )
    case 'Okta':
      return (
        <Trans>
          Under “Applications”, create an app integration of the type “OIDC”, “Web Application”. The redirect URI goes into “Sign-in
          redirect URIs”. The issuer is the address of your organisation, such as https://aurora.okta.com.
        </Trans>
      )
    default:
      return (
        <Trans>
          In your realm, create a client of the type “OpenID Connect” with “Client authentication” on, and enter the redirect URI under
          “Valid redirect URIs”. Its secret is under “Credentials”. The issuer is the address of Keycloak, then /realms/ and the name of the
          realm.
        </Trans>
      )
  }
}
