/** JSON schemas of services. */
import { Type } from 'typebox'
import { enumeration, id, instant, nullable } from '../../http/schema.ts'
import { commonProducts, serviceStatuses } from '../../lib/products.ts'

export const valueTypes = ['int', 'str', 'utctimestamp', 'json', 'bool'] as const

export const ServiceOption = Type.Object(
  {
    id: nullable(Type.Integer({ description: 'Option.' })),
    name: Type.String({ minLength: 1, maxLength: 255, description: 'Name, unique within its list.' }),
    title: Type.String({ maxLength: 255, description: 'Title for people.' }),
    category: Type.String({ maxLength: 255, description: 'What it belongs to.' }),
    description: Type.String({ maxLength: 1000, description: 'What it is for.' }),
    value: Type.String({ maxLength: 10_000, description: 'Value as text.' }),
    value_type: enumeration(valueTypes, { description: 'What the text must be.' }),
  },
  { title: 'ServiceOption' },
)

const options = (description: string) => Type.Array(ServiceOption, { maxItems: 100, description })
const status = enumeration(serviceStatuses, { description: 'Status.' })

export const Service = Type.Object(
  {
    id: id('Service.'),
    name: enumeration(commonProducts, { description: 'Product.' }),
    client: id('Account.'),
    status,
    previous_status: enumeration(serviceStatuses, { description: 'Status before.' }),
    status_changed_at: instant('When the status changed.'),
    start: nullable(instant('When the trial started, null if there was none.')),
    deleted_date: nullable(instant('When a service in `trialend` or `paused` becomes `deleted`, else null.')),
    enabled: Type.Boolean({ description: 'Whether the console shows the service.' }),
    options: options('Settings.'),
    status_transition_options: options('Settings of the transitions: length of the trial and days until deletion.'),
  },
  { title: 'Service' },
)

/** The fields that requests may change. */
const changes = {
  enabled: Type.Optional(Type.Boolean({ description: 'Whether the console shows the service.' })),
  options: Type.Optional(options('Settings to set or add, by name.')),
  status_transition_options: Type.Optional(options('Settings of the transitions to set or add, by name.')),
}

export const ServiceChanges = Type.Object(
  { status, ...changes },
  { title: 'ServiceChanges', examples: [{ status: 'active' }], description: 'Fields that are left out keep their values.' },
)

const ignored = Type.Optional(Type.Unsafe<unknown>({ readOnly: true, description: 'Read-only, ignored here.' }))

/** The whole service, as it was read. */
export const ServicePatch = Type.Object(
  {
    ...Object.fromEntries(Object.keys(Service.properties).map((name) => [name, ignored])),
    status: Type.Optional(status),
    ...changes,
  },
  { title: 'ServicePatch', examples: [{ status: 'active', enabled: true }], description: 'Fields that are left out keep their values.' },
)
