/** What the form of the brand holds: texts as they are typed. */

import { isColour } from '../../../../src/lib/colours.ts'
import type { Branding } from '../../lib/branding.ts'

export interface Draft {
  domain: string
  brandName: string
  header: string
  primary: string
  websiteLink: string
  supportEmail: string
  supportPhone: string
  agreementLink: string
  showStatusPage: string
  showApiDoc: boolean
  showKnowledgeBase: boolean
  showTickets: boolean
}

/** Of the server, where a reseller has chosen none (src/mail/brand.ts). */
export const plain = { header: '#1f2a44', primary: '#1f5fbf' }

export function draftOf(stored: Branding | null, company: string): Draft {
  const shown = stored?.publicSettings
  return {
    domain: stored?.domain ?? '',
    brandName: shown?.brandName ?? (stored ? '' : company),
    header: shown?.colors?.header ?? '',
    primary: shown?.colors?.primary ?? '',
    websiteLink: shown?.websiteLink ?? '',
    supportEmail: shown?.supportEmail ?? '',
    supportPhone: shown?.supportPhone ?? '',
    agreementLink: shown?.agreementLink ?? '',
    showStatusPage: /^https?:/.test(shown?.showStatusPage ?? '') ? (shown?.showStatusPage ?? '') : '',
    showApiDoc: shown?.showApiDoc ?? true,
    showKnowledgeBase: shown?.showKnowledgeBase ?? false,
    showTickets: shown?.showTickets ?? false,
  }
}

/** As PUT wants it. */
export function shownOf({ domain: _, header, primary, showStatusPage, ...texts }: Draft) {
  return { ...texts, showStatusPage: showStatusPage || 'false', colors: { header, primary } }
}

/** The colours that people see: those typed so far if they are any, else the server's own. */
export const coloursOf = ({ header, primary }: Draft) => ({
  header: isColour(header) ? header : plain.header,
  primary: isColour(primary) ? primary : plain.primary,
})
