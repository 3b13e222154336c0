/** JSON schemas of the logs: sign-ins, changes of accounts' status, and requests that changed something or were refused. */
import { Type } from 'typebox'
import { enumeration, id, instant, nullable } from '../http/schema.ts'
import { clientStatuses } from '../lib/products.ts'

/** Contract schema LastLoginTimeItem. */
export const Login = Type.Object(
  {
    id: id('Number of the entry.'),
    login_at: instant('When.'),
    ip_address: Type.String({ description: 'Where from; empty where it is not known.' }),
    user_agent: Type.String({ description: 'What the program called itself.' }),
    is_successful: Type.Boolean({ description: 'Whether tokens were handed out.' }),
    auth_type: Type.String({ description: 'How: by password, …' }),
    user: nullable(id('Who. Null where nobody has the email that was tried.')),
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
        'How many attempts the entry stands for. Attempts for emails that nobody has share one entry for each address and hour; failures of ' +
        'one user beyond ten a minute share one for each address and minute. The other fields are those of the first.',
    }),
  },
  { title: 'CountedLogin' },
)

/** Contract schema AccountStatusChangesItem. */
export const StatusChange = Type.Object(
  {
    id: id('Number of the entry.'),
    status_change_at: instant('When.'),
    old_status: enumeration(clientStatuses, { description: 'What it was.' }),
    new_status: enumeration(clientStatuses, { description: 'What it became.' }),
    federation_id: Type.String({ description: 'Always empty: accounts are in no federation.' }),
    client: id('The account.'),
  },
  { title: 'StatusChange' },
)

/** Contract schema AccountRequestsItem, plus the affected account and the actor. */
export const LoggedRequest = Type.Object(
  {
    id: id('Number of the entry.'),
    actions: Type.String({ description: 'The operation, by its `operationId`.' }),
    data: Type.String({ description: 'The body as JSON without secrets, cut after 10,000 characters. Empty for uploads.' }),
    user_email: Type.String({ description: 'Email that the user had then.' }),
    client: id('The account that the user worked in.'),
    token: nullable(id('The API token used, null for a session.')),
    requested_at: instant('When.'),
    path: Type.String({ description: 'Path.' }),
    remote_ip_address: Type.String({ description: 'Where from; empty where it is not known.' }),
    host: Type.String({ description: 'The host that was asked.' }),
    method: Type.String({ description: 'Method.' }),
    query_params: Type.String({ description: 'Query without secrets.' }),
    status_code: Type.Integer({ description: 'Status that was answered.' }),
    reverted: Type.Boolean({ description: 'Always false: what was done is not taken back but done otherwise.' }),
    user: id('In whose name.'),
    actor: nullable(id('Who really acted, where somebody logged in as the user.')),
    affected_client: nullable(id('The account that it was done to.')),
  },
  { title: 'LoggedRequest' },
)
