/** JSON schemas of the dashboard's statistics. */
import { Type } from 'typebox'
import { id, instant, nullable } from '../../http/schema.ts'
import { clientStatuses } from '../../lib/products.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const day = Type.String({ format: 'date', description: 'Day (UTC).', examples: ['2026-01-31'] })
const byStatus = Object.fromEntries(clientStatuses.map((status) => [status, count(`Accounts in the status \`${status}\`.`)]))

export const Statistics = Type.Object(
  {
    at: instant('When they were read.'),
    scope: Type.Object(
      { reseller_id: nullable(id('Reseller, null for all.')), seller_id: nullable(id('Seller whose accounts are counted, null for all.')) },
      { description: 'What is counted. Sellers get figures of their own accounts, and the sign-ins and users of the reseller.' },
    ),
    accounts: Type.Object(
      { total: count('Accounts.'), by_status: Type.Object(byStatus) },
      { description: 'Accounts that are not deleted, now.' },
    ),
    accounts_by_day: Type.Array(Type.Object({ day, ...byStatus }), {
      description: 'Accounts by status at the end of each of the last 90 days, oldest first. The last day is today so far.',
    }),
    trials: Type.Object(
      { accounts: count('Accounts with such a trial, which `trial_end_lte` lists.'), until: instant('In seven days.') },
      { description: 'Trials that end within seven days.' },
    ),
    sign_ins_by_day: Type.Array(Type.Object({ day, successful: count('Sign-ins.'), failed: count('Failed attempts.') }), {
      description: 'Attempts to sign in on each of the last 30 days, oldest first.',
    }),
    users: count('Users, deleted ones included: the `count` of `/iam/users`.'),
    mails: nullable(
      Type.Object(
        {
          waiting: count('Emails that wait to be sent.'),
          kept: count('Emails kept because there is no mail server.'),
          failed: count('Emails that were given up.'),
        },
        { description: 'Null for sellers.' },
      ),
    ),
  },
  { title: 'Statistics' },
)
