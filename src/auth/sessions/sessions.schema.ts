/** JSON schemas of sessions. */
import { Type } from 'typebox'
import { id, instant, nullable } from '../../http/schema.ts'

export const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'Session.' }),
    client_id: id('The account it works in.'),
    created_at: instant('When it started.'),
    refreshed_at: instant('When it was last refreshed. Before the first refresh, when it started.'),
    expires_at: instant('When it expires unless it is refreshed.'),
    ip_address: Type.String({ description: 'IP address it was started from; empty if unknown.' }),
    user_agent: Type.String({ description: 'User agent it was started with.' }),
    actor: nullable(id('The person who acts, if somebody is logged in as the user.')),
    read_only: Type.Boolean({ description: 'Whether it is read-only.' }),
    current: Type.Boolean({ description: 'Whether it is the session of this request.' }),
  },
  { title: 'Session' },
)

export const TokenPair = Type.Object(
  {
    refresh: Type.String({ description: 'Exchange it once, within 24 hours, for the next pair.' }),
    access: Type.String({ description: 'Credential of requests, for one hour: `Authorization: Bearer …`.' }),
  },
  { title: 'TokenPair' },
)
