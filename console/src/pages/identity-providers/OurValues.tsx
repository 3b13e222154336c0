/** What the other side is told of this server, with where it goes there. */
import { Trans, useLingui } from '@lingui/react/macro'
import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import type { IdentityProvider } from '../../api/types.ts'
import { Copyable } from '../../components/Copyable.tsx'
import { Section } from '../../components/Page.tsx'
import { productsOf, useHint } from './hints.tsx'
import styles from './identity-providers.module.css'

interface Value {
  label: string
  value: string
  text?: string
}

export function OurValues({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { kind, addresses } = provider
  const values: Value[] =
    kind === 'saml'
      ? [
          {
            label: t`Entity ID`,
            value: addresses.entity_id,
            text: t`Also called audience or identifier. Our metadata is at this address.`,
          },
          { label: t`ACS URL`, value: addresses.acs_url, text: t`Also called reply URL or single sign-on URL.` },
          { label: t`Logout URL`, value: addresses.slo_url, text: t`Optional, for signing people out everywhere.` },
        ]
      : [
          { label: t`Redirect URI`, value: addresses.redirect_uri, text: t`Also called callback URL.` },
          ...(kind === 'oidc'
            ? [
                {
                  label: t`Back-channel logout URI`,
                  value: addresses.backchannel_logout_uri,
                  text: t`Optional, for signing people out everywhere.`,
                },
              ]
            : []),
        ]
  return (
    <>
      <Section title={t`Our values`} text={t`Copy each value into the identity provider’s form.`}>
        <dl className={styles.values}>
          {values.map(({ label, value, text }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <Copyable value={value} label={label} />
                {text && <p className={styles.muted}>{text}</p>}
              </dd>
            </div>
          ))}
        </dl>
        {kind === 'saml' && (
          <p className={styles.hint}>
            <a href={addresses.entity_id} target="_blank" rel="noreferrer">
              <Trans>Open our metadata</Trans>
            </a>{' '}
            <Trans>as a file, which some systems import in place of the values.</Trans>
          </p>
        )}
      </Section>
      <Hints kind={kind} />
    </>
  )
}

function Hints({ kind }: Pick<IdentityProvider, 'kind'>) {
  const { t } = useLingui()
  const products = productsOf(kind)
  const [product, setProduct] = useState(products[0] ?? '')
  const hint = useHint(kind, product)
  return (
    <Section title={t`Where this goes`}>
      {products.length > 1 && (
        <NativeSelect
          label={t`Product`}
          maw={320}
          data={products}
          value={product}
          onChange={(event) => setProduct(event.currentTarget.value)}
        />
      )}
      <p className={styles.hint}>{hint}</p>
    </Section>
  )
}
