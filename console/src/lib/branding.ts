/** The branding of the caller's reseller: one resource with the brand and the mail server, which is put as a whole. */
import { useQueryClient } from '@tanstack/react-query'
import { type Answer, api } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { BrandingRequest } from '../api/types.ts'

export type Branding = Answer<'GET /iam/reselling/settings'>

/** Null where there is none yet: that is an answer, not a failure. */
export const brandingQuery = {
  queryKey: ['GET /iam/reselling/settings', 'or none'] as const,
  queryFn: async (): Promise<Branding | null> => {
    try {
      return await api('GET /iam/reselling/settings', {})
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    }
  },
}

type Public = BrandingRequest['publicSettings']
type MailServer = NonNullable<BrandingRequest['privateSettings']['mailServer']>

/** What was stored with some of it changed, as PUT wants it: whole, without images, and with the stored password left as it is. */
export function requestOf(
  stored: Branding | null,
  { domain, shown, mailServer }: { domain?: string; shown?: Partial<Public>; mailServer?: MailServer },
): BrandingRequest {
  const { logo: _, favicon: __, entryBaseDomain: ___, ...before } = stored?.publicSettings ?? noPublic
  const { hasPassword: ____, ...server } = stored?.privateSettings.mailServer ?? { hasPassword: false }
  return {
    domain: domain ?? stored?.domain ?? '',
    publicSettings: { ...before, ...shown },
    privateSettings: { mailServer: mailServer ?? server },
  }
}

const noPublic: Branding['publicSettings'] = {
  showApiDoc: true,
  showStatusPage: 'false',
  showKnowledgeBase: false,
  showTickets: false,
  logo: null,
  favicon: null,
}

export function usePutBranding() {
  const queries = useQueryClient()
  return async (body: BrandingRequest) => {
    queries.setQueryData(brandingQuery.queryKey, await api('PUT /iam/reselling/settings', { body }))
  }
}
