/** JSON schemas of sessions. */
import { Type } from 'typebox'
import { id, instant, nullable } from '../../http/schema.ts'

export const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'Session.' }),
    client_id: id('The account it works in.'),
    created_at: instant('When it began.'),
    refreshed_at: instant('When tokens were last handed out; before the first refresh when it began.'),
    expires_at: instant('When it ends, unless it is refreshed before.'),
    ip_address: Type.String({ description: 'Where it began from; empty where that is not known.' }),
    user_agent: Type.String({ description: 'What the program called itself with which it began.' }),
    actor: nullable(id('Who really acts, where somebody logged in as the user.')),
    read_only: Type.Boolean({ description: 'Whether it may only read.' }),
    current: Type.Boolean({ description: 'Whether it is the one that asks.' }),
  },
  { title: 'Session' },
)

export const TokenPair = Type.Object(
  {
    refresh: Type.String({ description: 'Buys the next pair, once, within 24 hours.' }),
    access: Type.String({ description: 'Credential of requests, for one hour: `Authorization: Bearer …`.' }),
  },
  { title: 'TokenPair' },
)
