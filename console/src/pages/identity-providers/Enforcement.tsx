/** The last step: nothing but the provider signs in. Shows beforehand whom that locks out, what it ends, and who may still sign in otherwise. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Stack, Switch } from '@mantine/core'
import '@mantine/core/styles/Switch.css'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { IdentityProvider } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { useAct } from '../../lib/act.ts'
import { number } from '../../lib/format.ts'
import { Exceptions, LockedOut, Tokens } from './Effects.tsx'
import styles from './identity-providers.module.css'

const EnforceDialog = lazy(() => import('./EnforceDialog.tsx'))

interface Props {
  provider: IdentityProvider
  busy: boolean
  stop(): unknown
}

export function Enforcement({ provider, busy, stop }: Props) {
  const { t } = useLingui()
  const { id, state } = provider
  const [asking, setAsking] = useState(false)
  const { data, error, refetch } = useQuery(query('GET /reeve/identity_providers/{providerId}/enforcement', { path: { providerId: id } }))
  const enforced = state === 'enforced'
  const button = enforced ? (
    <Button variant="default" loading={busy} onClick={stop}>
      <Trans>Stop enforcing</Trans>
    </Button>
  ) : (
    <Button color="red.9" disabled={!data?.may_enforce} onClick={() => setAsking(true)}>
      <Trans>Enforce…</Trans>
    </Button>
  )
  return (
    <Section
      title={t`Enforced`}
      text={t`Enforced, nothing else signs in: no password, no passkey, no reset, and no log-in by staff, in every session from the next request on.`}
      actions={button}
    >
      {enforced && (
        <p>
          <Status tone="good">{t`Enforced`}</Status>
        </p>
      )}
      {error && !data ? <ErrorState error={error} retry={refetch} /> : !data && <RowsSkeleton rows={4} />}
      {data && (
        <>
          {data.objections.length > 0 && !enforced && (
            <Notice tone="warn">
              <ul className={styles.objections}>
                {data.objections.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            </Notice>
          )}
          <h3 className={styles.part}>{enforced ? <Trans>What it means now</Trans> : <Trans>What it would do now</Trans>}</h3>
          <dl className={styles.figures}>
            <Figure value={data.without_identity} term={t`people have not signed in with it yet`} />
            <Figure value={data.sessions} term={t`sessions end`} />
            <Figure value={data.earlier_tokens} term={t`API tokens were made without it`} />
          </dl>
          <Choices provider={provider} />
          <LockedOut provider={provider} effect={data} />
          <Exceptions provider={provider} effect={data} />
          <Tokens effect={data} />
        </>
      )}
      <Suspense>{asking && data && <EnforceDialog provider={provider} effect={data} onClose={() => setAsking(false)} />}</Suspense>
    </Section>
  )
}

function Figure({ value, term }: { value: number; term: string }) {
  return (
    <div className={styles.figure}>
      <dt>{term}</dt>
      <dd>{number(value)}</dd>
    </div>
  )
}

/** Each takes effect at once. */
function Choices({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { busy, act } = useAct()
  const set = (body: { accepts_earlier_tokens?: boolean; allows_acting?: boolean }) =>
    act(() => api('PATCH /reeve/identity_providers/{providerId}', { path: { providerId: provider.id }, body }), t`Saved`)
  return (
    <Stack gap="sm">
      <Switch
        label={t`API tokens made without it keep working`}
        description={t`Otherwise their owners create new ones once they have signed in with it.`}
        checked={provider.accepts_earlier_tokens}
        disabled={busy}
        onChange={({ currentTarget }) => set({ accepts_earlier_tokens: currentTarget.checked })}
      />
      <Switch
        label={t`Staff may log in as its users without having signed in with it`}
        checked={provider.allows_acting}
        disabled={busy}
        onChange={({ currentTarget }) => set({ allows_acting: currentTarget.checked })}
      />
    </Stack>
  )
}
