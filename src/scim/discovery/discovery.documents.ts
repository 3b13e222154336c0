/** What a client of SCIM reads to learn what there is (RFC 7643, 5 to 7). It says what is supported, and nothing else. */
import { SCIM } from '../directory.ts'
import { type Document, urn } from '../messages.ts'

export const MOST_OPERATIONS = 1000
export const LARGEST_BULK = 1024 * 1024

export const serviceProviderConfig = (base: string): Document => ({
  schemas: [urn.config],
  documentationUri: 'https://datatracker.ietf.org/doc/html/rfc7644',
  patch: { supported: true },
  bulk: { supported: true, maxOperations: MOST_OPERATIONS, maxPayloadSize: LARGEST_BULK },
  filter: { supported: true, maxResults: 1000 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'A token of the directory, in the header Authorization.',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}${SCIM}/ServiceProviderConfig` },
})

export const resourceTypes = (base: string): Document[] => [
  {
    schemas: [urn.resourceType],
    id: 'User',
    name: 'User',
    endpoint: '/Users',
    description: 'A user of the directory.',
    schema: urn.user,
    schemaExtensions: [
      { schema: urn.enterprise, required: false },
      { schema: urn.reeve, required: false },
    ],
    meta: { resourceType: 'ResourceType', location: `${base}${SCIM}/ResourceTypes/User` },
  },
  {
    schemas: [urn.resourceType],
    id: 'Group',
    name: 'Group',
    endpoint: '/Groups',
    description: 'A group of the directory, which decides roles.',
    schema: urn.group,
    meta: { resourceType: 'ResourceType', location: `${base}${SCIM}/ResourceTypes/Group` },
  },
]

interface More {
  required?: boolean
  multiValued?: boolean
  caseExact?: boolean
  mutability?: 'readWrite' | 'readOnly' | 'immutable'
  uniqueness?: 'none' | 'server'
  subAttributes?: Document[]
}

const attribute = (name: string, type: string, description: string, more: More = {}): Document => ({
  name,
  type,
  description,
  multiValued: false,
  required: false,
  ...(type === 'string' && { caseExact: false, uniqueness: 'none' }),
  mutability: 'readWrite',
  returned: 'default',
  ...more,
})
const text = (name: string, description: string, more: More = {}) => attribute(name, 'string', description, more)

const documents: [string, string, string, Document[]][] = [
  [
    urn.user,
    'User',
    'A user.',
    [
      text('userName', 'The email address that the user signs in with.', { required: true, uniqueness: 'server' }),
      attribute('name', 'complex', 'The name in parts.', {
        subAttributes: [
          text('formatted', 'The whole name.'),
          text('givenName', 'First name.'),
          text('familyName', 'Last name.'),
          text('middleName', 'Further names.'),
        ],
      }),
      text('displayName', 'The name that is shown.'),
      attribute('active', 'boolean', 'Whether the user can sign in.'),
      attribute('emails', 'complex', 'Email addresses. The user signs in with userName.', {
        multiValued: true,
        subAttributes: [
          text('value', 'The address.'),
          text('type', 'Such as work.'),
          attribute('primary', 'boolean', 'Whether it is the first.'),
        ],
      }),
      text('title', 'Position.'),
      text('userType', 'Kind of user, as the directory has it.'),
      text('preferredLanguage', 'Kept, and not used.'),
      text('locale', 'Kept, and not used.'),
      text('timezone', 'Kept, and not used.'),
      attribute('phoneNumbers', 'complex', 'Kept, and not used.', {
        multiValued: true,
        subAttributes: [text('value', 'The number.'), text('type', 'Such as work.')],
      }),
      attribute('groups', 'complex', 'The groups of the user.', {
        multiValued: true,
        mutability: 'readOnly',
        subAttributes: [
          text('value', 'The id of the group.', { mutability: 'readOnly' }),
          text('display', 'Its name.', { mutability: 'readOnly' }),
        ],
      }),
    ],
  ],
  [
    urn.group,
    'Group',
    'A group.',
    [
      text('displayName', 'The name, unique in the directory.', { required: true, uniqueness: 'server' }),
      attribute('members', 'complex', 'The users in the group.', {
        multiValued: true,
        subAttributes: [
          text('value', 'The id of the user.', { mutability: 'immutable', caseExact: true }),
          text('display', 'Its name.', { mutability: 'readOnly' }),
        ],
      }),
    ],
  ],
  [
    urn.enterprise,
    'EnterpriseUser',
    'What a company says of its people. Kept, and not used.',
    [
      text('employeeNumber', 'Number.'),
      text('costCenter', 'Cost centre.'),
      text('organization', 'Organization.'),
      text('division', 'Division.'),
      text('department', 'Department.'),
      attribute('manager', 'complex', 'Manager.', { subAttributes: [text('value', 'The id of the manager.')] }),
    ],
  ],
  [
    urn.reeve,
    'ReeveUser',
    'What Reeve needs to know beyond the standard.',
    [text('account', 'The id of the account that a reseller’s directory creates the user in.')],
  ],
]

export const schemaDocuments = (base: string): Document[] =>
  documents.map(([id, name, description, attributes]) => ({
    schemas: [urn.schema],
    id,
    name,
    description,
    attributes,
    meta: { resourceType: 'Schema', location: `${base}${SCIM}/Schemas/${id}` },
  }))
