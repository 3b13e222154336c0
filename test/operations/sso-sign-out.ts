/** Signing out at an identity provider: for providers, which prove themselves by their token. */
import { type Operation, open } from './table.ts'

export const ssoSignOut: Record<string, Operation> = {
  'POST /reeve/sso/backchannel_logout/{providerId}': {
    ...open,
    type: 'application/x-www-form-urlencoded',
    body: () => 'logout_token=none',
    expect: { own: [400, 400, 400, 400, 400] },
  },
  'GET /iam/auth/saml2/slo': { ...open, expect: { own: [400, 400, 400, 400, 400] } },
  'POST /iam/auth/saml2/slo': {
    ...open,
    type: 'application/x-www-form-urlencoded',
    body: () => 'SAMLRequest=none',
    expect: { own: [400, 400, 400, 400, 400] },
  },
}
