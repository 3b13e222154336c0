/** JSON schemas of identity providers. */
import { type Static, Type } from 'typebox'
import { enumeration, id, instant, matching, nullable } from '../../http/schema.ts'
import { roles } from '../../lib/roles.ts'
import { providerKinds } from '../protocol.ts'

export const states = ['draft', 'tested', 'on', 'enforced'] as const
export type State = (typeof states)[number]

const flag = (description: string) => Type.Boolean({ description })
const text = (description: string, maxLength = 1000) => Type.String({ minLength: 1, maxLength, description })
const address = (description: string) =>
  matching('^https?://', 'An address that begins with https:// is required.', { description, maxLength: 2000 })
const roleId = (description: string) =>
  Type.Integer({ description: `${description} Ids: ${roles.map((role) => `${role.id} ${role.name}`).join(', ')}.` })

const samlShown = {
  entity_id: text('Entity id of the provider.'),
  sso_url: address('Where it signs people in.'),
  sso_binding: enumeration(['redirect', 'post'], { description: 'How the request gets there.' }),
  slo_url: nullable(address('Where it signs people out; null where it does not.')),
  metadata_url: nullable(address('Where its metadata is read from every day.')),
  subject_attribute: nullable(text('Attribute that names a person for ever; null for the NameID.')),
  email_attribute: nullable(text('Attribute with the email; null for the usual names.')),
  name_attribute: nullable(text('Attribute with the name; null for the usual names.')),
  signed: enumeration(['response', 'assertion', 'either'], {
    description: 'What must be signed. `response`: the whole; `assertion`: that alone, as Entra signs.',
  }),
}
const certificates = Type.Array(Type.String({ maxLength: 20_000 }), {
  maxItems: 10,
  description: 'Certificates that it signs with, in PEM.',
})

const Certificate = Type.Object(
  {
    ending: Type.String({ description: 'The last two bytes of its SHA-256 fingerprint.' }),
    not_before: instant('When it becomes valid.'),
    not_after: instant('When it ends.'),
    unusable: nullable(Type.String({ description: 'Why it cannot verify signatures here; null where it can.' })),
  },
  { title: 'IdentityProviderCertificate' },
)

const SamlRequest = Type.Partial(
  Type.Object({
    ...samlShown,
    certificates,
    metadata: Type.String({
      maxLength: 88 * 1024,
      description: 'Its metadata as XML, in place of entity_id, sso_url, slo_url and certificates.',
    }),
  }),
  { title: 'SamlSettingsRequest', description: 'Fields that are left out keep their values.' },
)

const oauthShown = {
  issuer: address('OpenID Connect: the issuer. Others have none.'),
  client_id: text('Id that the provider knows this server by.'),
  scopes: Type.Array(text('Scope.', 200), { maxItems: 20, description: 'OpenID Connect: scopes besides openid, email and profile.' }),
  auth_method: enumeration(['client_secret_basic', 'client_secret_post'], { description: 'OpenID Connect: how the secret is sent.' }),
  base_url: nullable(address('GitHub Enterprise Server: its address.')),
}
const OAuthRequest = Type.Partial(Type.Object({ ...oauthShown, client_secret: text('The secret, which is never shown.', 2000) }), {
  title: 'OAuthSettingsRequest',
  description: 'Fields that are left out keep their values.',
})

const Rule = Type.Object(
  { group: text('Group, as the provider names it.', 500), role: roleId('Role of its members.') },
  { title: 'RoleRule' },
)

const described = {
  name: text('Name on the button of the sign-in page.', 100),
  for_staff: flag('Of a reseller: whether staff sign in by it.'),
  for_clients: flag('Of a reseller: whether users of its accounts sign in by it.'),
  force_redirect: flag('Whether the sign-in page leads there at once.'),
  creates_users: flag('Whether somebody unknown becomes a user on arrival, if the domain of the address is proven.'),
  default_role: roleId('Role of a user who is made, and of one whose groups match no rule.'),
  groups_claim: nullable(text('Claim or attribute with the groups.', 500)),
  roles: Type.Array(Rule, {
    maxItems: 200,
    description: 'The first rule that matches a group gives the role, at every sign-in. Without rules roles stay as they are.',
  }),
  accepts_earlier_tokens: flag('Where it is enforced: whether API tokens work that were issued in sessions which it did not begin.'),
  allows_acting: flag('Where it is enforced: whether staff may log in as its users without having come by it.'),
}

export const ProviderChanges = Type.Partial(Type.Object({ ...described, saml: SamlRequest, oauth: OAuthRequest }), {
  title: 'IdentityProviderChanges',
  description: 'Fields that are left out keep their values.',
  examples: [{ name: 'Aurora staff', force_redirect: true }],
})

export const NewProvider = Type.Object(
  {
    kind: enumeration(providerKinds, { description: 'Protocol.' }),
    client_id: Type.Optional(
      nullable(
        Type.Integer({
          description: 'Account whose provider it is. Null, or left out: the reseller’s own; for an Administrator its account.',
        }),
      ),
    ),
    ...ProviderChanges.properties,
    name: described.name,
  },
  {
    title: 'NewIdentityProvider',
    examples: [
      {
        kind: 'oidc',
        name: 'Aurora staff',
        oauth: { issuer: 'https://id.aurora-media.example', client_id: 'reeve', client_secret: 's3cret' },
      },
    ],
  },
)

export const Domain = Type.Object(
  {
    id: id('Domain.'),
    domain: Type.String({ description: 'Domain of email addresses.' }),
    proven: flag('Whether it counts.'),
    proven_by: nullable(enumeration(['dns', 'reseller'], { description: 'How it was proven.' })),
    record_name: Type.String({ description: 'Name of the TXT record that proves it.' }),
    record_value: Type.String({ description: 'What the record holds.' }),
    client_id: nullable(Type.Integer({ description: 'Of a reseller’s provider: account in which people of this domain are made.' })),
  },
  { title: 'IdentityProviderDomain' },
)

export const IdentityProvider = Type.Object(
  {
    id: id('Provider.'),
    kind: enumeration(providerKinds, { description: 'Protocol.' }),
    reseller_id: id('Reseller.'),
    client_id: nullable(Type.Integer({ description: 'Account whose provider it is; null for the reseller’s own.' })),
    client_name: nullable(Type.String({ description: 'Company of that account.' })),
    state: enumeration(states, {
      description: '`tested`: somebody signed in for a test; `on`: its button works; `enforced`: nothing else does.',
    }),
    ...described,
    saml: nullable(
      Type.Object({
        ...samlShown,
        certificates,
        certificate_details: Type.Array(Certificate, { description: 'What is in the certificates, in their order.' }),
      }),
    ),
    oauth: nullable(Type.Object({ ...oauthShown, issuer: nullable(oauthShown.issuer) })),
    has_client_secret: flag('Whether there is a secret.'),
    domains: Type.Array(Domain, { description: 'Domains of email addresses that it answers for.' }),
    addresses: Type.Object(
      {
        start_url: Type.String({ description: 'Signs in by it: for a tile in the provider’s portal.' }),
        entity_id: Type.String({ description: 'SAML: our entity id, where our metadata is.' }),
        acs_url: Type.String({ description: 'SAML: where answers are posted.' }),
        slo_url: Type.String({ description: 'SAML: where sign-outs go.' }),
        redirect_uri: Type.String({ description: 'OpenID Connect, Google, GitHub: where answers come.' }),
        backchannel_logout_uri: Type.String({ description: 'OpenID Connect: where sign-outs are posted.' }),
      },
      { description: 'What the provider is to be told of this server.' },
    ),
    metadata_read_at: nullable(instant('When metadata_url was read last.')),
    metadata_error: nullable(Type.String({ description: 'Why it could not be read.' })),
    created_at: instant('When it was made.'),
    updated_at: instant('When it was changed last.'),
  },
  { title: 'IdentityProvider' },
)

export const NewDomain = Type.Object(
  {
    domain: text('Domain, such as aurora-media.example.', 253),
    client_id: Type.Optional(
      nullable(Type.Integer({ description: 'Of a reseller’s provider: account in which people of this domain are made.' })),
    ),
  },
  { title: 'NewIdentityProviderDomain', examples: [{ domain: 'aurora-media.example' }] },
)

export const StateChange = Type.Object(
  { state: enumeration(['draft', 'on', 'enforced'], { description: '`draft` switches it off and ends its sessions.' }) },
  { title: 'IdentityProviderState', examples: [{ state: 'on' }] },
)

const Person = Type.Object(
  { id: id('User.'), email: Type.String({ description: 'Email.' }), name: nullable(Type.String({ description: 'Name.' })) },
  { title: 'PersonLockedOut' },
)
export const Enforcement = Type.Object(
  {
    may_enforce: flag('Whether it can be enforced now.'),
    objections: Type.Array(Type.String(), { description: 'Why not.' }),
    without_identity: Type.Integer({ description: 'How many people would be locked out until they sign in by it for the first time.' }),
    people: Type.Array(Person, { description: 'The first hundred of them.' }),
    sessions: Type.Integer({ description: 'How many sessions would end.' }),
    earlier_tokens: Type.Integer({ description: 'How many API tokens were issued in sessions that it did not begin.' }),
    tokens: Type.Array(
      Type.Object(
        {
          id: id('API token.'),
          name: Type.String(),
          user_id: id('User.'),
          user_email: Type.String({ description: 'Email of the user.' }),
          client_id: id('Account.'),
        },
        { title: 'EarlierToken' },
      ),
      { description: 'The first hundred of them. They work on if accepts_earlier_tokens is true.' },
    ),
    exceptions: Type.Array(Person, { description: 'Who may sign in by password and second step, or passkey.' }),
  },
  { title: 'IdentityProviderEnforcement' },
)
export const Exceptions = Type.Array(Person)

export type Wanted = Static<typeof ProviderChanges>
