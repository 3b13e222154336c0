/** Who the account is and how it is billed, edited in place. */
import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { api } from '../../../api/client.ts'
import { Copy } from '../../../components/Copy.tsx'
import { EditableSection, type Field } from '../../../components/EditableSection.tsx'
import { Fact, Facts } from '../../../components/Fact.tsx'
import { Section } from '../../../components/Page.tsx'
import { SellerName, SellerSelect } from '../../../components/SellerSelect.tsx'
import { Time } from '../../../components/Time.tsx'
import { useCaller } from '../../../lib/caller.ts'
import { countries, countryName } from '../../../lib/countries.ts'
import { number } from '../../../lib/format.ts'
import type { Account } from '../account.ts'

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())

export default function Overview({ account }: { account: Account }) {
  const { t } = useLingui()
  const caller = useCaller()
  const { details, mayChange } = account
  const path = { clientId: account.id }

  const identity: Field[] = [
    { name: 'companyName', label: t`Company`, value: account.companyName, required: true },
    { name: 'email', label: t`Email`, value: account.email, type: 'email', required: true },
    {
      name: 'custom_id',
      label: t`Custom ID`,
      value: account.custom_id ?? '',
      help: t`Your own id for the account. Its people can see it.`,
    },
    { name: 'name', label: t`Contact`, value: account.name ?? '' },
    { name: 'phone', label: t`Phone`, value: account.phone ?? '', type: 'tel' },
    {
      name: 'seller',
      label: t`Seller`,
      value: account.seller === null ? '' : String(account.seller),
      shown: <SellerName id={account.seller} />,
      input: (props) => <SellerSelect {...props} />,
    },
    {
      name: 'is_test',
      label: t`Test account`,
      value: String(account.is_test),
      shown: account.is_test ? t`Yes` : t`No`,
      options: [
        { value: 'false', label: t`No` },
        { value: 'true', label: t`Yes` },
      ],
    },
  ]
  const billing: Field[] = [
    { name: 'bill_type', label: t`Billing`, value: details.bill_type, required: true },
    { name: 'promocode', label: t`Promo code`, value: details.promocode ?? '' },
    {
      name: 'country_code',
      label: t`Country`,
      value: details.country_code ?? '',
      shown: details.country_code && countryName(details.country_code),
      options: [{ value: '', label: '–' }, ...countries().map(({ code, name }) => ({ value: code, label: name }))],
    },
    { name: 'website', label: t`Website`, value: details.website, type: 'url' },
    {
      name: 'allowed_traffic',
      label: t`Allowed traffic (GB)`,
      value: String(details.allowed_traffic),
      shown: number(details.allowed_traffic),
      type: 'number',
    },
  ]
  const saveIdentity = ({ seller, is_test, companyName, email, ...texts }: Record<string, string>) =>
    api('PATCH /iam/clients/{clientId}', {
      path,
      body: {
        ...(companyName !== undefined && { companyName: companyName.trim() }),
        ...(email !== undefined && { email: email.trim() }),
        ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, orNull(text)])),
        ...(seller !== undefined && { seller: seller === '' ? null : Number(seller) }),
        ...(is_test !== undefined && { is_test: is_test === 'true' }),
      },
    })
  const saveBilling = ({ allowed_traffic, promocode, country_code, ...texts }: Record<string, string>) =>
    api('PATCH /reeve/clients/{clientId}', {
      path,
      body: {
        ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.trim()])),
        ...(promocode !== undefined && { promocode: orNull(promocode) }),
        ...(country_code !== undefined && { country_code: orNull(country_code) }),
        ...(allowed_traffic !== undefined && { allowed_traffic: Number(allowed_traffic || 0) }),
      },
    })
  const types = { common: t`Account`, sales: t`Demonstration account of a seller`, reseller: t`The reseller’s own account` }
  const owner = account.users.find(({ id }) => id === account.owner)
  return (
    <>
      <EditableSection title={t`Identity`} fields={identity} save={saveIdentity} mayChange={mayChange} />
      <EditableSection title={t`Billing and traffic`} fields={billing} save={saveBilling} mayChange={mayChange} />
      <Section title={t`Registration`}>
        <Facts>
          <Fact term={t`Id`}>
            <Copy value={String(account.id)} label={t`the id`} />
          </Fact>
          <Fact term={t`Created`}>
            <Time at={details.created_at} />
          </Fact>
          <Fact term={t`Kind`}>{types[account.client_type]}</Fact>
          {owner && (
            <Fact term={t`Owner`}>
              <bdi>{owner.name ?? owner.email}</bdi>
            </Fact>
          )}
          <Fact term={t`Administrator who can sign in`}>{account.has_active_admin ? t`Yes` : t`No`}</Fact>
          <Fact term={t`Domain of the console`}>{account.entryBaseDomain ?? '–'}</Fact>
          {caller.kind === 'platform' && (
            <Fact term={t`Reseller`}>
              <Link to="/clients" search={{ reseller_id: String(account.resellers) } as never}>
                {account.resellers}
              </Link>
            </Fact>
          )}
        </Facts>
      </Section>
    </>
  )
}
