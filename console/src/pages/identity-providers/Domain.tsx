/** One domain: the record that proves it, what a check found, and the reseller's word in its place. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import type { IdentityProvider, IdentityProviderDomain } from '../../api/types.ts'
import { Copyable } from '../../components/Copyable.tsx'
import { confirm } from '../../components/confirm.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Status } from '../../components/Status.tsx'
import { useSubmit } from '../../lib/act.ts'
import { isStaff, useCaller } from '../../lib/caller.ts'
import styles from './identity-providers.module.css'

export function Domain({ provider, domain: one }: { provider: IdentityProvider; domain: IdentityProviderDomain }) {
  const { t } = useLingui()
  const caller = useCaller()
  const { busy, rest, submit } = useSubmit([])
  const { domain, proven, proven_by, record_name, record_value, client_id } = one
  const path = { providerId: provider.id, domainId: one.id }
  const mayVouch = caller.kind === 'platform' || (isStaff(caller) && provider.client_id !== null)

  const check = () =>
    submit(() => api('POST /reeve/identity_providers/{providerId}/domains/{domainId}/verify', { path }), t`${domain} is proven.`)
  const vouch = async () => {
    const yes = await confirm({
      title: t`Vouch for ${domain}?`,
      text: t`You know that the domain is this customer’s. Whoever runs the provider can then sign in as anybody with an address in it.`,
      confirm: t`Vouch`,
    })
    if (yes) await submit(() => api('POST /reeve/identity_providers/{providerId}/domains/{domainId}/vouch', { path }), t`${domain} counts.`)
  }
  const remove = async () => {
    const yes = await confirm({
      title: t`Remove ${domain}?`,
      text: t`Nobody new gets in by it. People who have signed in before still do.`,
      confirm: t`Remove`,
      danger: true,
    })
    if (yes) await submit(() => api('DELETE /reeve/identity_providers/{providerId}/domains/{domainId}', { path }), t`Removed`)
  }
  return (
    <li className={styles.row}>
      <div className={styles.rowHead}>
        <span className={styles.marks}>
          <bdi className={styles.name}>{domain}</bdi>
          {proven ? (
            <Status tone="good">{proven_by === 'dns' ? t`Proven by DNS` : t`Vouched for`}</Status>
          ) : (
            <Status tone="warn">{t`Not proven`}</Status>
          )}
          {client_id !== null && isStaff(caller) && (
            <span>
              <Trans>New people join account</Trans>{' '}
              <Link to="/clients/$clientId" params={{ clientId: String(client_id) }}>
                {client_id}
              </Link>
            </span>
          )}
        </span>
        <Group gap="xs">
          {!proven && (
            <Button size="compact-sm" loading={busy} onClick={check} aria-label={t`Check ${domain}`}>
              <Trans>Check</Trans>
            </Button>
          )}
          {!proven && mayVouch && (
            <Button size="compact-sm" variant="default" disabled={busy} onClick={vouch} aria-label={t`Vouch for ${domain}`}>
              <Trans>Vouch</Trans>
            </Button>
          )}
          <Button size="compact-sm" variant="default" disabled={busy} onClick={remove} aria-label={t`Remove ${domain}`}>
            <Trans>Remove</Trans>
          </Button>
        </Group>
      </div>
      {!proven && (
        <>
          <dl className={styles.record}>
            <dt>{t`TXT record`}</dt>
            <dd>
              <Copyable value={record_name} label={t`Name of the record of ${domain}`} />
            </dd>
            <dt>{t`Content`}</dt>
            <dd>
              <Copyable value={record_value} label={t`Content of the record of ${domain}`} />
            </dd>
          </dl>
          <p className={styles.muted}>
            <Trans>Add it where the domain’s DNS is kept, then check. It may take some minutes to be seen.</Trans>
          </p>
        </>
      )}
      <Notice tone="bad">{rest}</Notice>
    </li>
  )
}
