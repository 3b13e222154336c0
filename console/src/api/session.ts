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

function take(next: Session | undefined) {
  session = next
  expiresAt = next ? Date.now() + next.expires_in * 1000 : 0
  for (const listener of listeners) listener(next)
}

async function post(path: string, body: unknown = {}): Promise<Session | undefined> {
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

export async function signIn(body: Operations['POST /reeve/session/login']['body']) {
  take(await post('/reeve/session/login', body))
  channel.postMessage('changed')
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
  channel.postMessage('changed')
  location.assign('/')
}

export async function signOut() {
  await post('/reeve/session/sign_out')
  channel.postMessage('signed-out')
  location.assign('/sign-in')
}

channel.onmessage = ({ data }) => {
  if (data === 'signed-out') location.assign('/sign-in')
  if (data === 'changed') location.assign('/')
}
