/** The certificates that a SAML provider signs with, and how long each still counts. */
import { Trans, useLingui } from '@lingui/react/macro'
import type { IdentityProviderCertificate } from '../../api/types.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { Status, type Tone } from '../../components/Status.tsx'
import { day, number, relative } from '../../lib/format.ts'
import { daysLeft, WARN_DAYS } from './words.ts'

export function Certificates({ details }: { details: readonly IdentityProviderCertificate[] }) {
  const { t } = useLingui()
  const stateOf = ({ not_before, not_after, unusable }: IdentityProviderCertificate): [Tone, string] => {
    const left = daysLeft(not_after)
    if (unusable !== null) return ['bad', t`Not usable: ${unusable}`]
    if (left < 0) return ['bad', t`Ended`]
    if (left < WARN_DAYS) return ['warn', t`Ends in ${number(left)} days`]
    if (new Date(not_before) > new Date()) return ['info', t`Not valid yet`]
    return ['good', t`Valid`]
  }
  const columns: Column<IdentityProviderCertificate>[] = [
    { id: 'ending', header: t`Fingerprint`, cell: ({ ending }) => <code>…{ending}</code> },
    {
      id: 'state',
      header: t`Status`,
      cell: (certificate) => {
        const [tone, text] = stateOf(certificate)
        return <Status tone={tone}>{text}</Status>
      },
    },
    { id: 'from', header: t`Valid from`, cell: ({ not_before }) => day(not_before), minor: true },
    {
      id: 'until',
      header: t`Valid until`,
      cell: ({ not_after }) => (
        <>
          {day(not_after)} ({relative(not_after)})
        </>
      ),
    },
  ]
  return (
    <Section
      title={t`Certificates`}
      text={
        <Trans>
          An answer counts if it is signed with one of these. Keep the old one until the identity provider signs only with the new one.
        </Trans>
      }
    >
      <DataTable label={t`Certificates`} columns={columns} rows={details} rowKey={({ ending, not_after }) => ending + not_after} />
    </Section>
  )
}
