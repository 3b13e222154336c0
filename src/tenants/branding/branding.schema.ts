/** JSON schemas of branding. */
import { type Static, Type } from 'typebox'
import { emailAddress, id, matching, nullable } from '../../http/schema.ts'

const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
/** Allows the empty string, which means no value. */
const orNone = (pattern: string) => `^(${pattern})?$`
const line = (maxLength: number, description: string) =>
  Type.Optional(matching('^[^\\x00-\\x1f\\x7f]*$', 'One line of text is required.', { maxLength, description }))
const email = (description: string) => Type.Optional(emailAddress(description, { mayBeEmpty: true }))
const link = 'https?://[A-Za-z0-9\\[][^\\s<>"\'`\\\\^{|}]*'
const url = (description: string) =>
  Type.Optional(matching(orNone(link), 'An address is required that begins with http:// or https://.', { maxLength: 2000, description }))
const colour = (description: string) =>
  Type.Optional(matching(orNone('#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})'), 'A colour such as #0a7cff is required.', { description }))

const domain = matching(`^(${label}\\.)+(?!\\d+$)${label}$`, 'A host name is required, such as mycompany.com.', {
  maxLength: 240,
  description: 'Domain of the console, such as auth.mycompany.com. It is stored in lower case and belongs to one reseller.',
})

const shown = {
  brandName: line(255, 'Name of the brand.'),
  fromEmail: email('Sender of mails.'),
  websiteLink: url('Website.'),
  supportEmail: email('Email of the support.'),
  supportPhone: line(50, 'Phone number of the support.'),
  agreementLink: url('Agreement.'),
  showApiDoc: Type.Boolean({ description: 'Whether the help links to the API documentation.' }),
  showStatusPage: matching(orNone(`true|false|${link}`), 'Must be true, false or an address.', {
    maxLength: 2000,
    description: 'Whether the help links to the status page, as text: `true`, `false`, or its address.',
  }),
  showKnowledgeBase: Type.Boolean({ description: 'Whether the help links to the knowledge base.' }),
  showTickets: Type.Boolean({ description: 'Whether the help links to the ticket system.' }),
  entryBaseDomain: Type.Optional(Type.String({ description: 'The same as `domain`.' })),
  colors: Type.Optional(
    Type.Object(
      { header: colour('Colour of the header of the sign-in page.'), primary: colour('Colour of buttons and links.') },
      { description: 'Colours.' },
    ),
  ),
}

const mailServer = {
  tls: Type.Optional(Type.Boolean({ description: 'Whether to use TLS.' })),
  host: Type.Optional(
    matching(orNone(`${label}(\\.${label})*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+`), 'A host name or address is required.', {
      maxLength: 253,
      description: 'Host. Without it the reseller has no mail server of its own.',
    }),
  ),
  port: Type.Optional(
    matching(
      orNone('[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5]'),
      'A number from 1 to 65535 is required.',
      {
        description: 'Port, as a string.',
      },
    ),
  ),
  login: line(255, 'User name.'),
}
const password = Type.Optional(
  Type.Unsafe<string>({
    type: 'string',
    maxLength: 1024,
    writeOnly: true,
    description: 'Never returned. Left out, the stored one is kept for the same server; an empty one removes it.',
  }),
)

const image = (what: string) =>
  nullable(Type.String({ readOnly: true, description: `Path of the ${what}, which names its bytes; null where there is none.` }))

export const BrandingSettings = Type.Object(
  {
    domain,
    publicSettings: Type.Object({ ...shown, logo: image('logo'), favicon: image('favicon') }, { title: 'PublicBrandingSettings' }),
    privateSettings: Type.Object(
      {
        mailServer: Type.Optional(
          Type.Object(
            { ...mailServer, password, hasPassword: Type.Boolean({ description: 'Whether a password is stored.' }) },
            { description: 'The mail server.' },
          ),
        ),
      },
      { title: 'PrivateBrandingSettings' },
    ),
    reseller: id('Reseller.'),
    deleted: Type.Boolean({ description: 'Whether the settings were deleted. Putting them restores them.' }),
  },
  { title: 'BrandingSettings' },
)

export const BrandingRequest = Type.Object(
  {
    domain,
    publicSettings: Type.Object(shown),
    privateSettings: Type.Object({
      mailServer: Type.Optional(Type.Object({ ...mailServer, password }, { description: 'The mail server.' })),
    }),
  },
  {
    title: 'BrandingRequest',
    examples: [
      {
        domain: 'cloud.example',
        publicSettings: {
          brandName: 'Example Cloud',
          fromEmail: 'hello@cloud.example',
          supportEmail: 'support@cloud.example',
          websiteLink: 'https://cloud.example',
          showApiDoc: true,
          showStatusPage: 'https://status.cloud.example',
          showKnowledgeBase: true,
          showTickets: false,
          colors: { header: '#1f2a44', primary: '#1f5fbf' },
        },
        privateSettings: {
          mailServer: { tls: true, host: 'smtp.cloud.example', port: '465', login: 'mailer', password: 'the password of that server' },
        },
      },
    ],
    description: 'All settings. What is left out is removed, except the password of the mail server.',
  },
)
export type BrandingWanted = Static<typeof BrandingRequest>

const file = (description: string) => Type.Optional(Type.Unsafe<string>({ type: 'string', format: 'binary', description }))

export const BrandingFiles = Type.Object(
  { logo: file('PNG, JPEG or SVG of less than 4 MB.'), favicon: file('ICO with an image of 16×16.') },
  { title: 'BrandingFiles', description: 'One file or both.' },
)
