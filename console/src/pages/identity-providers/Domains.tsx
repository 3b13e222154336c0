/** The domains of email addresses that a provider answers for: claimed, then proven by a TXT record or by the word of the reseller. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import type { IdentityProvider } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { useSubmit } from '../../lib/act.ts'
import { Domain } from './Domain.tsx'
import styles from './identity-providers.module.css'

export function Domains({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { domains } = provider
  return (
    <Section
      title={t`Domains`}
      text={
        <Trans>
          People who are new to the provider get in by their email address, if its domain is proven here. The sign-in page finds the
          provider by it, too.
        </Trans>
      }
    >
      {domains.length === 0 ? (
        <EmptyState title={t`No domain yet`} text={t`Without one, people can only link the provider themselves in their profile.`} />
      ) : (
        <ul className={styles.rows}>
          {domains.map((domain) => (
            <Domain key={domain.id} provider={provider} domain={domain} />
          ))}
        </ul>
      )}
      <Add provider={provider} />
    </Section>
  )
}

function Add({ provider: { id, client_id, for_clients } }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const [domain, setDomain] = useState('')
  const [account, setAccount] = useState('')
  const { busy, fields, rest, submit } = useSubmit(['domain', 'client_id'])
  const asksAccount = client_id === null && for_clients
  const add = async (event: FormEvent) => {
    event.preventDefault()
    const body = { domain: domain.trim().replace(/^@/, ''), ...(asksAccount && account.trim() !== '' && { client_id: Number(account) }) }
    const path = { providerId: id }
    if (!(await submit(() => api('POST /reeve/identity_providers/{providerId}/domains', { path, body }), t`Added`))) return
    setDomain('')
    setAccount('')
  }
  return (
    <form onSubmit={add} className={styles.add} noValidate>
      <div className={styles.inline}>
        <TextInput
          className={styles.grow}
          label={t`Domain`}
          placeholder="aurora-media.example"
          value={domain}
          onChange={(event) => setDomain(event.currentTarget.value)}
          error={fields.domain}
          autoComplete="off"
          spellCheck={false}
        />
        {asksAccount && (
          <TextInput
            className={styles.grow}
            label={t`Account ID for new people`}
            description={t`Empty: people of this domain are never created on arrival.`}
            inputMode="numeric"
            value={account}
            onChange={(event) => setAccount(event.currentTarget.value.replace(/\D/g, ''))}
            error={fields.client_id}
            autoComplete="off"
          />
        )}
        <Button type="submit" loading={busy} disabled={domain.trim() === ''}>
          <Trans>Add</Trans>
        </Button>
      </div>
      <Notice tone="bad">{rest}</Notice>
    </form>
  )
}
