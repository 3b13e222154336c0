/** How a reseller's console looks: its own settings and nobody else's. */
import { form, svg } from '../images.ts'
import { type Operation, open } from './table.ts'

const own = { object: 'none', expect: { own: [200, 200, 403, 403, 403] } } as const satisfies Operation
const { type, body } = form({ logo: svg })

export const branding: Record<string, Operation> = {
  'GET /iam/reselling/settings': own,
  'PUT /iam/reselling/settings': {
    ...own,
    body: (one) => ({
      domain: `console${one.resellerId}.example`,
      publicSettings: { showApiDoc: true, showStatusPage: 'false', showKnowledgeBase: true, showTickets: false },
      privateSettings: {},
    }),
  },
  'POST /iam/reselling/settings/upload': { ...own, type, body: () => body },
  // Kept in the outbox, where there is no mail server.
  'POST /reeve/branding/test_mail': own,
  'GET /reeve/session/brand': open,
  'GET /reeve/branding/images/{digest}': {
    public: true,
    object: 'image',
    expect: { own: [200, 200, 200, 200, 200], unknown: [404, 404, 404, 404, 404] },
  },
}
