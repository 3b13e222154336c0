/** For the activity: a user whose session a provider ended, as whoever did it. */
import type { EndedSession } from '../sessions/sessions.queries.ts'

export const personOf = ({ user_id, client_id, reseller_id, email }: EndedSession) => ({
  kind: 'client' as const, // the account is the user's own, so it is of its reseller
  userId: user_id,
  email,
  resellerId: reseller_id,
  clientId: client_id,
  actorId: null,
})
