/**
 * Outgoing connections. Tenants name the hosts (mail servers, identity providers), so connections go only to public addresses and to the
 * networks that the operator allows, checked at the address that is connected to.
 */
import { lookup } from 'node:dns'
import { type BlockList, isIP, type LookupFunction } from 'node:net'
import type { buildConnector, RequestInit as UndiciInit } from 'undici'
import { contains, networks } from './networks.ts'

/** A request that got no usable answer. The message is for whoever named the host. */
export class OutgoingError extends Error {}

/** A host that connections are not allowed to. */
export class HostNotAllowed extends OutgoingError {}

/** Everything of IPv4 that is not the public Internet, and such parts of 2000::/3 (IANA's special-purpose address registries). */
const special = networks([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '224.0.0.0/3', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16'],
])
/** The only public part of IPv6, except what `special` lists. */
const global6 = networks(['2000::/3'])

/** @throws HostNotAllowed if the address is neither public nor in a network that the operator allows */
export function refuseUnlessReachable(address: string, allowed: BlockList): void {
  if (contains(allowed, address)) return
  if (contains(special, address) || (isIP(address) === 6 && !contains(global6, address)))
    throw new HostNotAllowed('The host is in a network that is not public; the operator can allow it (REEVE_OUTGOING_NETWORKS).')
}

/**
 * A `lookup` for `net.connect` that checks all addresses of a name and returns these very ones: the name may resolve to others the next
 * time. Node does not call it for an IP address, so check that before.
 */
export const checkedLookup =
  (check: (address: string) => void, resolve: typeof lookup = lookup): LookupFunction =>
  (name, options, done) =>
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      try {
        for (const { address } of found) check(address)
      } catch (refusal) {
        return done(refusal as Error, '')
      }
      const [first = { address: '', family: 4 }] = found
      if (options.all) done(null, found)
      else done(null, first.address, first.family)
    })

/** An error of Node's network functions, or of a library that wraps one. */
interface NetworkError extends Error {
  code?: string
  originalCode?: string
}

/** The codes of an error and of its cause. */
export const codesOf = ({ originalCode, code, cause }: NetworkError) =>
  [originalCode, code, (cause as NetworkError | undefined)?.code].filter((one) => one !== undefined)

export const isUntrusted = (error: NetworkError) =>
  /certificate|altnames|self.signed/i.test(error.message) || codesOf(error).includes('DEPTH_ZERO_SELF_SIGNED_CERT')

/** Says why there is no connection, to whoever named the host. Undefined for an error that is not about that. */
export function noConnection(error: NetworkError, host: string, port: number | string): string | undefined {
  const codes = codesOf(error)
  const is = (...any: string[]) => any.some((one) => codes.includes(one))
  if (isUntrusted(error)) return `The certificate of ${host} is not trusted: ${error.message}`
  if (is('ENOTFOUND', 'EAI_AGAIN', 'EDNS')) return `The name ${host} is not known to the DNS.`
  if (is('ECONNREFUSED')) return `Nothing listens at ${host}:${port}.`
  if (is('ETIMEDOUT', 'EABORT', 'UND_ERR_CONNECT_TIMEOUT')) return `${host}:${port} does not answer in time.`
  return undefined
}

/** Sends a request by the rules above and returns the whole answer. @throws OutgoingError */
export type OutgoingFetch = (url: string, init?: RequestInit) => Promise<Response>

export interface OutgoingOptions {
  /** Resolves names; the machine's if left out. */
  resolve?: typeof lookup
  /** Trusted CA certificates, which replace Node's own and NODE_EXTRA_CA_CERTS. */
  ca?: string[]
  /** How long a request may take until the last byte of its answer. */
  milliseconds?: number
  /** The longest answer, decompressed. */
  bytes?: number
}

/** Makes the function that sends all HTTP requests of ours. Plain http goes only to the allowed networks. Redirects are refused. */
export function outgoingFetch(allowed: BlockList, options: OutgoingOptions = {}): OutgoingFetch {
  const { resolve, ca, milliseconds = 10_000, bytes = 1_048_576 } = options
  const check = {
    'https:': (address: string) => refuseUnlessReachable(address, allowed),
    'http:': (address: string) => {
      if (!contains(allowed, address))
        throw new HostNotAllowed('The address must begin with https://; http:// is for networks that the operator allows.')
    },
  }
  let loaded: Promise<(url: URL, init: UndiciInit) => Promise<Response>> | undefined
  // The library is loaded with the first request, not at startup.
  const load = async () => {
    const { Agent, buildConnector, fetch } = await import('undici')
    const connector = (protocol: keyof typeof check): buildConnector.connector =>
      buildConnector({ lookup: checkedLookup(check[protocol], resolve), allowH2: false, timeout: milliseconds, ...(ca && { ca }) })
    const connectors = { 'https:': connector('https:'), 'http:': connector('http:') }
    const connect: buildConnector.connector = (to, done) => {
      const protocol = to.protocol as keyof typeof check
      const host = bare(to.hostname)
      try {
        if (isIP(host) !== 0) check[protocol](host)
      } catch (refusal) {
        return done(refusal as Error, null)
      }
      connectors[protocol](to, done)
    }
    // Requests are rare, so no connection is kept: nothing needs to be closed when the server stops.
    const dispatcher = new Agent({ connect, pipelining: 0 })
    return (url: URL, init: UndiciInit) => fetch(url, { ...init, dispatcher }) as unknown as Promise<Response>
  }

  return async (text, init = {}) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !(url.protocol in check)) throw new OutgoingError(`${text} is no address of the web.`)
    const timeout = AbortSignal.timeout(milliseconds)
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    try {
      loaded ??= load()
      const answer = await (await loaded)(url, { ...init, redirect: 'manual', signal } as unknown as UndiciInit)
      if (answer.status >= 300 && answer.status < 400) {
        await answer.body?.cancel()
        throw new OutgoingError(`${url.host} redirects to another address. Enter the address that it redirects to.`)
      }
      return await whole(answer, bytes, url)
    } catch (error) {
      throw error instanceof OutgoingError ? error : timeout.aborted ? late(url) : failed(error as Error, url)
    }
  }
}

const bare = (host: string) => host.replace(/^\[|\]$/g, '')

const late = ({ host }: URL) => new OutgoingError(`${host} does not answer in time.`)

function failed(error: Error, { host, hostname, port, protocol }: URL): Error {
  const cause = error.cause instanceof Error ? error.cause : error // fetch wraps whatever went wrong
  if (cause instanceof OutgoingError) return cause
  const said = noConnection(cause, bare(hostname), port || (protocol === 'https:' ? 443 : 80))
  return new OutgoingError(said ?? `The connection to ${host} broke off: ${cause.message}.`, { cause })
}

/** Reads the answer up to its limit, so that nothing waits for the rest. */
async function whole(answer: Response, bytes: number, { host }: URL): Promise<Response> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body ?? []) {
    length += part.byteLength
    if (length > bytes) throw new OutgoingError(`${host} answers with more than ${bytes} bytes.`)
    parts.push(part)
  }
  const headers = new Headers(answer.headers)
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) headers.delete(name)
  const { status, statusText } = answer
  const hasBody = answer.body !== null && ![204, 205].includes(status)
  return new Response(hasBody ? Buffer.concat(parts) : null, { status, statusText, headers })
}
