/** Refuses requests that another site made a browser send (CSRF). For routes that read or set a cookie. */
import type { FastifyRequest } from 'fastify'
import { errors } from './errors.ts'

/**
 * Browsers name the relation of the page to this server in Sec-Fetch-Site, and at an address without TLS the page's origin in Origin. A
 * subdomain or another port is not the same origin, although it is the same site, to which SameSite=Strict still sends cookies.
 * @param url the public address of this server: a proxy may ask with another host
 * @throws 403 if the page is not of this server, or no header says so
 */
export function assertSameOrigin({ headers, host }: FastifyRequest, url: string): void {
  const { 'sec-fetch-site': site, origin = '' } = headers
  const same =
    site === undefined ? URL.canParse(origin) && [host, new URL(url).host].includes(new URL(origin).host) : site === 'same-origin'
  if (!same) throw errors.forbidden('Only pages of this server may do this.', 'cross_origin')
}
