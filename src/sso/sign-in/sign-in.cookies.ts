/**
 * The cookie that binds a sign-in to the browser that began it. SameSite=Lax: the browser comes back from the provider by a GET, to which it is
 * sent. SAML posts its answer from another site, to which it is not: the answer is kept, and the browser comes for it by a GET of its own.
 */
import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

const name = 'reeve_sso'
export const MINUTES = 10

export const browserOf = ({ headers }: FastifyRequest): string | undefined => parseCookie(headers.cookie ?? '')[name] || undefined

export function setBrowser(reply: FastifyReply, origin: string, value: string): void {
  const secure = origin.startsWith('https:')
  reply.header(
    'set-cookie',
    stringifySetCookie({
      name,
      value,
      path: '/reeve/sso',
      httpOnly: true,
      sameSite: 'lax',
      secure,
      maxAge: value === '' ? 0 : MINUTES * 60,
    }),
  )
}
