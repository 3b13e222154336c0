/** What is known of the other side: read from its metadata, or typed. */
import type { IdentityProvider } from '../../api/types.ts'
import { OAuthValues } from './OAuthValues.tsx'
import { SamlValues } from './SamlValues.tsx'

export const TheirValues = ({ provider }: { provider: IdentityProvider }) =>
  provider.kind === 'saml' ? <SamlValues provider={provider} /> : <OAuthValues provider={provider} />
