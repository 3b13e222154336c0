/** The cookies of the console: they hold refresh tokens, which no script can read, and are sent to /reeve/session alone. */
import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** `own`: the session that the user signed in to. `acting`: the one in which it acts as somebody else, which has precedence. */
export type Kind = 'own' | 'acting'

const names: Record<Kind, string> = { own: 'reeve_session', acting: 'reeve_acting' }

export type Cookies = { [K in Kind]?: string | undefined }

export function readCookies({ headers }: FastifyRequest): Cookies {
  const cookies = parseCookie(headers.cookie ?? '')
  return Object.fromEntries(
    Object.entries(names).flatMap(([kind, name]) => {
      const value = cookies[name]
      return value ? [[kind, value]] : []
    }),
  )
}

/** Secure where the page or the public address of this server is https. Fastify sends each Set-Cookie in a header of its own. */
function set(reply: FastifyReply, url: string, cookie: SetCookie) {
  const secure = [url, reply.request.headers.origin].some((one) => one?.startsWith('https:'))
  reply.header('set-cookie', stringifySetCookie({ ...cookie, path: '/reeve/session', httpOnly: true, sameSite: 'strict', secure }))
}

export const setCookie = (reply: FastifyReply, url: string, kind: Kind, value: string, seconds: number) =>
  set(reply, url, { name: names[kind], value, maxAge: seconds })

export const clearCookie = (reply: FastifyReply, url: string, kind: Kind) => set(reply, url, { name: names[kind], value: '', maxAge: 0 })
