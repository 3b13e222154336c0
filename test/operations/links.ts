/** Links of mails: whoever has one may look and follow. */
import { nobody, type Operation, open } from './table.ts'

const link: Operation = { ...open, object: 'link', expect: { ...open.expect, unknown: nobody } }

export const links: Record<string, Operation> = {
  'GET /reeve/links/{token}': link,
  'POST /reeve/links/{token}': { ...link, type: 'application/x-www-form-urlencoded', body: () => '' },
}
