/** What the provider keeps about the account. Its staff change it. */
import { useLingui } from '@lingui/react/macro'
import type { Client } from '../../api/types.ts'
import { Copy } from '../../components/Copy.tsx'
import { Fact, Facts } from '../../components/Fact.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { Support } from '../../components/Support.tsx'
import { statusName, statusTone } from '../../lib/words.ts'

export function AccountData({ client }: { client: Client }) {
  const { t, i18n } = useLingui()
  const { id, companyName, name, email, phone, website, country_code, custom_id, status } = client
  const country = country_code && new Intl.DisplayNames(i18n.locale, { type: 'region' }).of(country_code)
  return (
    <Section title={t`Account data`}>
      <Facts>
        <Fact term={t`Account ID`}>
          <Copy value={String(id)} label={t`Account ID`} />
        </Fact>
        <Fact term={t`Company`}>
          <bdi>{companyName}</bdi>
        </Fact>
        <Fact term={t`Status`}>
          <Status tone={statusTone(status)}>{statusName(status)}</Status>
        </Fact>
        <Fact term={t`Contact`}>
          <bdi>{name || '–'}</bdi>
        </Fact>
        <Fact term={t`Email`}>{email}</Fact>
        <Fact term={t`Phone`}>{phone || '–'}</Fact>
        <Fact term={t`Website`}>{website || '–'}</Fact>
        <Fact term={t`Country`}>{country || '–'}</Fact>
        {custom_id && <Fact term={t`Your provider’s ID`}>{custom_id}</Fact>}
      </Facts>
      <Support />
    </Section>
  )
}
