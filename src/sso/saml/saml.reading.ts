/** Metadata of a provider, as a file or at an address, made settings. */
import type { Clock } from '../../lib/clock.ts'
import { OutgoingError, type OutgoingFetch } from '../../lib/outgoing.ts'
import { ProviderError, type SamlSettings } from '../protocol.ts'
import { InvalidMetadata, readMetadata } from './saml.metadata.ts'

export type ReadSettings = (given: { xml: string } | { url: string }) => Promise<Partial<SamlSettings>>

/** @returns a function that throws ProviderError or OutgoingError, in words for whoever sets the provider up */
export function settingsReader(outgoing: OutgoingFetch, clock: Clock): ReadSettings {
  const fetched = async (url: string) => {
    const response = await outgoing(url, { headers: { accept: 'application/samlmetadata+xml, application/xml, text/xml' } })
    if (!response.ok) throw new OutgoingError(`${url} answered ${response.status}.`)
    return response.text()
  }
  return async (given) => {
    const xml = 'xml' in given ? given.xml : await fetched(given.url)
    try {
      const { entityId, ssoUrl, sloUrl, certificates } = readMetadata(xml, clock.now())
      return { entityId, ssoUrl, certificates: certificates.map(({ pem }) => pem), ...(sloUrl !== undefined && { sloUrl }) }
    } catch (error) {
      if (error instanceof InvalidMetadata) throw new ProviderError('saml_metadata', `The metadata ${error.message}`)
      throw error
    }
  }
}
