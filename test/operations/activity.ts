/** The logs: everybody has one, the changes of accounts' status are staff's. */
import { everybody, forEverybody, nobody, type Operation, onlyPlatform, refused, staffRead } from './table.ts'

export const activity: Record<string, Operation> = {
  'GET /iam/activity_log/logins': forEverybody,
  'GET /iam/activity_log/requests': forEverybody,
  'GET /iam/activity_log/account_status_changes': { object: 'none', expect: { own: [200, 200, 200, 403, 403] } },
  // `own`: by oneself; `colleague`: by somebody else in the account one works in; `another`: by oneself in another account of one's own.
  'GET /iam/activity_log/requests/{id}': {
    object: 'loggedRequest',
    expect: {
      own: everybody,
      colleague: [200, 200, 200, 200, 404],
      neighbour: [200, 200, 200, 404, 404],
      foreign: onlyPlatform,
      unknown: nobody,
    },
    session: { another: refused },
  },
  'GET /reeve/activity': forEverybody,
  'GET /reeve/logins': forEverybody,
  'GET /reeve/clients/{clientId}/timeline': { object: 'client', expect: staffRead },
}
