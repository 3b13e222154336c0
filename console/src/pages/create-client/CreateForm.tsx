import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox, Group, NativeSelect, Radio, TextInput } from '@mantine/core'
import '@mantine/core/styles/Radio.css'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import type { NewClient } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { SecretInput } from '../../components/SecretInput.tsx'
import { SellerSelect } from '../../components/SellerSelect.tsx'
import { useSubmit } from '../../lib/act.ts'
import { useCaller } from '../../lib/caller.ts'
import { countries } from '../../lib/countries.ts'
import { isLanguage, languages } from '../../lib/languages.ts'
import type { Product } from '../../lib/words.ts'
import type { Made } from './Created.tsx'
import styles from './create-client.module.css'
import { ProductChoice } from './ProductChoice.tsx'

const names = ['company', 'email', 'password', 'name', 'phone', 'seller', 'lang', 'custom_id', 'country_code']

/** Nobody is told this password: its owner sets one by the mailed link. */
const unknownPassword = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))

export function CreateForm({ onMade }: { onMade(made: Made): void }) {
  const { t, i18n } = useLingui()
  const caller = useCaller()
  const [values, setValues] = useState<Record<string, string>>({
    lang: i18n.locale,
    seller: caller.kind === 'seller' ? String(caller.user_id) : '',
  })
  const [how, setHow] = useState('link')
  const [isTest, setIsTest] = useState(false)
  const [products, setProducts] = useState<ReadonlyMap<Product, boolean>>(new Map())
  const { busy, fields, rest, submit } = useSubmit(names)

  const value = (name: string) => values[name] ?? ''
  const text = (name: string) => ({
    name,
    value: value(name),
    error: name === 'name' ? (fields.name ?? fields[name]) : fields[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const next = event.currentTarget.value
      setValues((before) => ({ ...before, [name]: next }))
    },
    autoComplete: 'off',
  })
  const create = async (event: FormEvent) => {
    event.preventDefault()
    const name = [value('first_name').trim(), value('last_name').trim()].filter(Boolean).join(' ')
    const body: NewClient = {
      email: value('email').trim(),
      company: value('company').trim(),
      password: how === 'link' ? unknownPassword() : value('password'),
      seller: value('seller') === '' ? null : Number(value('seller')),
      ...(isLanguage(values.lang) && { lang: values.lang }),
      ...(name && { name }),
      ...(value('phone').trim() && { phone: value('phone').trim() }),
      ...(value('custom_id').trim() && { custom_id: value('custom_id').trim() }),
      ...(value('country_code') && { country_code: value('country_code') }),
      ...(isTest && { is_test: true }),
      ...(products.size > 0 && { services: [...products].map(([product_name, available]) => ({ product_name, available })) }),
    }
    let made: Made | undefined
    await submit(async () => {
      const user = await api('POST /iam/users', { body })
      made = { clientId: user.client, company: body.company, email: user.email, link: 'none' }
      if (how !== 'link') return
      // The account is there: a mail that does not go out is said on the next page, where it can be sent again.
      made.link = await api('POST /iam/auth/reset_password', { body: { email: user.email } }).then(
        () => 'sent' as const,
        () => 'failed' as const,
      )
    })
    if (made) onMade(made)
  }
  return (
    <form onSubmit={create} noValidate>
      <Section title={t`Account`}>
        <div className={styles.form}>
          <TextInput {...text('company')} label={t`Company`} required autoFocus />
          <TextInput
            {...text('custom_id')}
            label={t`Custom ID`}
            description={t`Your own id for the account. Its people can see it.`}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
          />
          <SellerSelect
            label={t`Seller`}
            value={value('seller')}
            onChange={(seller) => setValues({ ...values, seller })}
            error={fields.seller}
          />
          <NativeSelect
            {...text('country_code')}
            label={t`Country`}
            data={[{ value: '', label: '–' }, ...countries().map(({ code, name }) => ({ value: code, label: name }))]}
          />
        </div>
        <Checkbox
          mt="md"
          label={t`Test account`}
          description={t`Marked in the lists, and left out where a filter says so.`}
          checked={isTest}
          onChange={(event) => setIsTest(event.currentTarget.checked)}
        />
      </Section>
      <Section title={t`First user`}>
        <div className={styles.form}>
          <TextInput {...text('email')} type="email" label={t`Email`} required />
          <TextInput {...text('first_name')} label={t`First name`} error={fields.name} />
          <TextInput {...text('last_name')} label={t`Last name`} />
          <TextInput {...text('phone')} type="tel" label={t`Phone`} />
          <NativeSelect
            {...text('lang')}
            label={t`Language of mails`}
            data={Object.entries(languages).map(([language, label]) => ({ value: language, label }))}
          />
        </div>
        <Radio.Group label={t`Password`} value={how} onChange={setHow} mt="md">
          <Group mt="xs" gap="lg">
            <Radio color="var(--mantine-primary-color-filled)" value="link" label={t`Mail a link to set one`} />
            <Radio color="var(--mantine-primary-color-filled)" value="password" label={t`Set it here`} />
          </Group>
        </Radio.Group>
        {how === 'password' ? (
          <SecretInput
            {...text('password')}
            mt="sm"
            maw={420}
            label={t`Password of the user`}
            description={t`12 to 128 characters, not a common password and not similar to the email.`}
            autoComplete="new-password"
            required
          />
        ) : (
          <Notice tone="bad">{fields.password}</Notice>
        )}
      </Section>
      <ProductChoice chosen={products} onChange={setProducts} />
      <Notice tone="bad">{rest}</Notice>
      <Group mt="md">
        <Button type="submit" loading={busy}>
          <Trans>Create the account</Trans>
        </Button>
      </Group>
    </form>
  )
}
