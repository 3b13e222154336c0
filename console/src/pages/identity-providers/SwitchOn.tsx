/** Switches a provider on, and on enforces it, with whom that would lock out. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import type { IdentityProvider } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { useAct } from '../../lib/act.ts'
import { Enforcement } from './Enforcement.tsx'

export function SwitchOn({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { busy, act } = useAct()
  const { id, name, state } = provider
  const isOn = state === 'on' || state === 'enforced'
  const set = (next: 'draft' | 'on', done: string) =>
    act(() => api('POST /reeve/identity_providers/{providerId}/state', { path: { providerId: id }, body: { state: next } }), done)
  const off = async () => {
    const yes = await confirm({
      title: t`Switch ${name} off?`,
      text: t`Its button disappears, and the sessions that it began end. The settings stay.`,
      confirm: t`Switch off`,
      danger: true,
    })
    if (yes) await set('draft', t`${name} is off.`)
  }
  return (
    <>
      <Section
        title={t`Sign-in by ${name}`}
        text={t`On, it is one more way to sign in. Passwords, passkeys and API tokens work as before.`}
        actions={
          isOn ? (
            <Button variant="default" loading={busy} onClick={off}>
              <Trans>Switch off</Trans>
            </Button>
          ) : (
            <Button loading={busy} disabled={state === 'draft'} onClick={() => set('on', t`${name} is on.`)}>
              <Trans>Switch on</Trans>
            </Button>
          )
        }
      >
        {state === 'draft' ? (
          <Notice tone="warn">
            <Trans>A test sign-in has to succeed first.</Trans>{' '}
            <Link to="." search={{ step: 'test' } as never} resetScroll={false}>
              <Trans>Test sign-in</Trans>
            </Link>
          </Notice>
        ) : (
          <Status tone={isOn ? 'good' : 'quiet'}>{isOn ? t`On` : t`Off`}</Status>
        )}
      </Section>
      {isOn && <Enforcement provider={provider} stop={() => set('on', t`${name} is no longer enforced.`)} busy={busy} />}
    </>
  )
}
