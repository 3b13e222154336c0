/** JSON schemas of the logs: sign-ins, changes of accounts' status, and requests that changed something or were refused. */
import { type TSchema, Type } from 'typebox'
import { enumeration, id, instant, nullable } from '../http/schema.ts'
import { clientStatuses } from '../lib/products.ts'

/** Contract schema LastLoginTimeItem. */
export const Login = Type.Object(
  {
    id: id('Number of the entry.'),
    login_at: instant('When.'),
    ip_address: Type.String({ description: 'IP address; empty if unknown.' }),
    user_agent: Type.String({ description: 'User agent.' }),
    is_successful: Type.Boolean({ description: 'Whether the sign-in succeeded.' }),
    auth_type: Type.String({ description: 'Way to sign in, such as `password`.' }),
    user: nullable(id('The user. Null if no user has this email.')),
  },
  { title: 'Login' },
)

/** Beyond the contract. */
export const CountedLogin = Type.Object(
  {
    ...Login.properties,
    attempts: Type.Integer({
      minimum: 1,
      description:
        'Number of attempts in this entry. Attempts with unknown emails share one entry for each address and hour. Failures of one user ' +
        'beyond ten a minute share one for each address and minute. The other fields describe the first attempt.',
    }),
  },
  { title: 'CountedLogin' },
)

/** Contract schema AccountStatusChangesItem. */
export const StatusChange = Type.Object(
  {
    id: id('Number of the entry.'),
    status_change_at: instant('When.'),
    old_status: enumeration(clientStatuses, { description: 'Status before.' }),
    new_status: enumeration(clientStatuses, { description: 'Status after.' }),
    federation_id: Type.String({ description: 'Always empty.' }),
    client: id('The account.'),
  },
  { title: 'StatusChange' },
)

/** Contract schema AccountRequestsItem, plus the affected account and the actor. */
export const LoggedRequest = Type.Object(
  {
    id: id('Number of the entry.'),
    actions: Type.String({ description: 'The operation, by its `operationId`.' }),
    data: Type.String({ description: 'The body as JSON without secrets, cut off after 10,000 characters. Empty for uploads.' }),
    user_email: Type.String({ description: 'Email that the user had then.' }),
    client: id('The account that the user worked in.'),
    token: nullable(id('The API token used, null for a session.')),
    requested_at: instant('When.'),
    path: Type.String({ description: 'Path.' }),
    remote_ip_address: Type.String({ description: 'IP address; empty if unknown.' }),
    host: Type.String({ description: 'Host of the request.' }),
    method: Type.String({ description: 'Method.' }),
    query_params: Type.String({ description: 'Query without secrets.' }),
    status_code: Type.Integer({ description: 'Status of the response.' }),
    reverted: Type.Boolean({ description: 'Always false.' }),
    user: id('The user.'),
    actor: nullable(id('The person who acted, if somebody was logged in as the user.')),
    affected_client: nullable(id('The account that was affected.')),
  },
  { title: 'LoggedRequest' },
)

const at = instant('When.')
const one = <K extends string>(kind: K, entry: TSchema) => Type.Object({ kind: enumeration([kind]), at, entry })

/** An entry of one of the three logs, beyond the contract. */
export const TimelineEntry = Type.Union([one('request', LoggedRequest), one('sign_in', CountedLogin), one('status_change', StatusChange)], {
  title: 'TimelineEntry',
})
