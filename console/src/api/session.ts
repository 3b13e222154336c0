/**
 * The session of this browser. The access token is held in memory alone, the refresh token in a cookie that no script can read. Tabs take
 * turns to refresh, and all of them learn of a sign-out.
 */
import { ApiError } from './errors.ts'
import type { Operations } from './types.ts'

export type Session = Operations['POST /reeve/session/refresh']['response']

let session: Session | undefined
let expiresAt = 0
const listeners = new Set<(session: Session | undefined) => void>()
const channel = new BroadcastChannel('reeve-session')

/** Seconds before its end at which an access token is replaced, so that it does not end on its way. */
const EARLY = 20

export const currentSession = () => session

export function onSession(listener: (session: Session | undefined) => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether a refresh may succeed. Not a secret: it saves a request that would be refused. */
const KNOWN = 'reeve-session'
/** Whether this tab comes from a sign-out: then the sign-in page does not go to an identity provider by itself, which would sign in again. */
const LEFT = 'reeve-signed-out'
export const justSignedOut = () => sessionStorage.getItem(LEFT) !== null

export const mayBeSignedIn = () => localStorage.getItem(KNOWN) !== null

function take(next: Session | undefined) {
  session = next
  if (next) {
    localStorage.setItem(KNOWN, '1')
    sessionStorage.removeItem(LEFT)
  } else localStorage.removeItem(KNOWN)
  expiresAt = next ? Date.now() + next.expires_in * 1000 : 0
  for (const listener of listeners) listener(next)
}

async function post<T = Session>(path: string, body: unknown = {}): Promise<T | undefined> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw await ApiError.of(response)
  return response.status === 204 ? undefined : response.json()
}

/** Returns an access token that lasts a while yet. @throws ApiError 401 if the session has ended */
export async function accessToken(rejected?: string): Promise<string> {
  if (!session || Date.now() > expiresAt - EARLY * 1000 || session.access === rejected) await refresh(rejected)
  if (!session) throw new ApiError(401, '')
  return session.access
}

/** Asks the server anew who is signed in, after a change of name or of what it must do first. */
export const renewSession = () => accessToken(session?.access)

let refreshing: Promise<void> | undefined

/** Once at a time in this tab, and one tab at a time: the refresh token works once. */
function refresh(rejected?: string): Promise<void> {
  refreshing ??= navigator.locks
    .request('reeve-session', async () => {
      if (session && session.access !== rejected && Date.now() < expiresAt - EARLY * 1000) return
      take(await post('/reeve/session/refresh'))
    })
    .catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) take(undefined)
      throw error
    })
    .finally(() => {
      refreshing = undefined
    })
  return refreshing
}

type SignIn = '/reeve/session/login' | '/reeve/session/passkey' | '/reeve/sso/join'

export async function signIn<Path extends SignIn>(path: Path, body: Operations[`POST ${Path}`]['body']) {
  take(await post(path, body))
  if (session) channel.postMessage(identityOf(session))
}

const NEXT = 'reeve-next'
export const rememberedPage = () => sessionStorage.getItem(NEXT)

/** Goes to an identity provider. It sends the browser back without the page that was asked for, which this tab remembers. */
export function leaveFor(url: string, next: string) {
  sessionStorage.setItem(NEXT, next)
  location.assign(url)
}

/** Takes over the session that an identity provider began in this browser. */
export async function resumeSession() {
  await accessToken()
  if (session) channel.postMessage(identityOf(session))
}

/** Switches the account, or begins or ends to act as somebody: everything on the page belongs to somebody else then, so it starts anew. */
export async function changeSession(
  path: '/reeve/session/account' | '/reeve/session/act_as' | '/reeve/session/stop_acting',
  body: unknown,
) {
  const { access } = session ?? {}
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(access && { authorization: `Bearer ${access}` }) },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw await ApiError.of(response)
  channel.postMessage(identityOf(await response.json()))
  location.assign('/')
  await new Promise(() => {}) // the page is being left: nothing on it may ask with the session of the next
}

export async function signOut() {
  const elsewhere = await post<Operations['POST /reeve/session/sign_out']['response']>('/reeve/session/sign_out')
  take(undefined)
  channel.postMessage(undefined)
  sessionStorage.setItem(LEFT, '1')
  location.assign(elsewhere?.url ?? '/sign-in') // the identity provider's own sign-out, if the session came by one that has it
}

/** Who a session belongs to, in one word: tabs compare it. */
const identityOf = ({ caller, acting }: Session) => `${caller.user_id} ${caller.client_id} ${acting?.actor.id ?? ''}`

channel.onmessage = ({ data }) => {
  if (data === undefined) {
    sessionStorage.setItem(LEFT, '1')
    location.assign('/sign-in')
  } else if (!session || data !== identityOf(session)) location.assign('/')
}
