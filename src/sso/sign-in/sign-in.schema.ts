/** JSON schemas of signing in by an identity provider. */
import { Type } from 'typebox'
import { enumeration, id, nullable } from '../../http/schema.ts'
import { providerKinds } from '../protocol.ts'

export const Discovery = Type.Object(
  { domain: Type.String({ minLength: 1, maxLength: 320, description: 'Domain of the company, or an address in it.' }) },
  { title: 'SsoDiscovery', examples: [{ domain: 'aurora-media.example' }] },
)
export const Start = Type.Object(
  { url: Type.String({ description: 'Path for the browser to go to, within ten minutes.' }) },
  { title: 'SsoStart' },
)
export const Buttons = Type.Array(
  Type.Object(
    {
      id: id('Provider.'),
      kind: enumeration(providerKinds, { description: 'Protocol.' }),
      name: Type.String({ description: 'What the button says.' }),
      url: Type.String({ description: 'Path for the browser to go to.' }),
      force_redirect: Type.Boolean({ description: 'Whether the sign-in page goes there at once.' }),
    },
    { title: 'SsoButton' },
  ),
)

export const StartedTest = Type.Object({ id: Type.String({ description: 'Of the test.' }), ...Start.properties }, { title: 'SsoTestStart' })
export const TestOutcome = Type.Object(
  {
    state: enumeration(['waiting', 'succeeded', 'failed'], { description: '`waiting`: nobody came back from the provider yet.' }),
    error: nullable(
      Type.Object({ code: Type.String({ description: 'For programs.' }), message: Type.String({ description: 'What is wrong.' }) }),
    ),
    identity: nullable(
      Type.Object({
        subject: Type.String({ description: 'What the provider calls the person for ever.' }),
        email: nullable(Type.String({ description: 'Email.' })),
        email_verified: Type.Boolean({ description: 'Whether the provider vouches for it.' }),
        name: nullable(Type.String({ description: 'Name.' })),
        groups: Type.Array(Type.String(), { description: 'Groups.' }),
        amr: Type.Array(Type.String(), { description: 'How the person proved itself (RFC 8176).' }),
        issuer: Type.String({ description: 'Entity id or issuer.' }),
        role: nullable(Type.Integer({ description: 'Role that the groups give; null where there are no rules.' })),
        domain_proven: Type.Boolean({ description: 'Whether the domain of the email is proven for the provider.' }),
        arrival: enumeration(['known', 'joins', 'linked', 'created', 'not_allowed', 'no_account'], {
          description:
            'What a sign-in would do now. `known`: sign the user in; `joins`: ask the user for the password once; `linked`: link a user who has no password; `created`: make a user; `not_allowed`: refuse, for the domain of the email is not proven; `no_account`: refuse, for there is nobody in reach of the provider.',
        }),
        user: nullable(
          Type.Object(
            { id: id('User.'), email: Type.String({ description: 'Email.' }) },
            { description: 'Who that is; null for somebody who is not here yet.' },
          ),
        ),
        claims: Type.Unsafe<object>({ type: 'object', additionalProperties: true, description: 'All that it said.' }),
      }),
    ),
  },
  { title: 'SsoTestOutcome' },
)

export const PendingJoin = Type.Object(
  {
    email: Type.String({ description: 'User whose password is asked for.' }),
    provider: Type.String({ description: 'Name of the provider.' }),
    code: Type.Boolean({ description: 'Whether a code is needed as well.' }),
  },
  { title: 'SsoPendingJoin' },
)
