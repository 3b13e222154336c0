/** One identity provider: the steps that set it up, one at a time, each of which can be left and come back to. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type ComponentType, useEffect, useRef } from 'react'
import { api } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import type { IdentityProvider } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { Page } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, NotFound, PageSkeleton } from '../../components/states.tsx'
import { useAct } from '../../lib/act.ts'
import { useCaller } from '../../lib/caller.ts'
import { Arrivals } from './Arrivals.tsx'
import { Domains } from './Domains.tsx'
import styles from './identity-providers.module.css'
import { OurValues } from './OurValues.tsx'
import { Steps } from './Steps.tsx'
import { SwitchOn } from './SwitchOn.tsx'
import { nextOf, type StepId, stepsOf, useStep } from './steps.ts'
import { TestSignIn } from './TestSignIn.tsx'
import { TheirValues } from './TheirValues.tsx'
import { audience, kindName, providerQuery, setsUpProviders, stateName, stateTone } from './words.ts'

const contents: Record<StepId, ComponentType<{ provider: IdentityProvider }>> = {
  ours: OurValues,
  theirs: TheirValues,
  domains: Domains,
  people: Arrivals,
  test: TestSignIn,
  on: SwitchOn,
}

export default function IdentityProviderPage() {
  const caller = useCaller()
  const { providerId = '' } = useParams({ strict: false })
  const id = /^[1-9]\d{0,14}$/.test(providerId) ? Number(providerId) : 0
  const possible = id > 0 && setsUpProviders(caller)
  const { data, error, refetch } = useQuery({ ...providerQuery(id), enabled: possible })
  if (!possible || (error instanceof ApiError && error.status === 404)) return <NotFound />
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <PageSkeleton />
  return <Whole key={id} provider={data} />
}

function Whole({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const { busy, act } = useAct()
  const { id, name, kind, state } = provider
  const steps = stepsOf(provider)
  const step = useStep(provider)
  const next = steps.find(({ id: one }) => one === nextOf(step))
  const Content = contents[step]
  const content = useRef<HTMLDivElement>(null)
  const shown = useRef(step)
  // Whoever goes on by keyboard or listens is at the new step, and not at a link that is gone.
  useEffect(() => {
    if (shown.current !== step) content.current?.focus()
    shown.current = step
  }, [step])

  const remove = async () => {
    const yes = await confirm({
      title: t`Delete ${name}?`,
      text: t`Nobody signs in with it any more, its sessions end, and its links to people are forgotten. Another provider has to prove the domains again.`,
      confirm: t`Delete`,
      danger: true,
    })
    if (
      yes &&
      (await act(() => api('DELETE /reeve/identity_providers/{providerId}', { path: { providerId: id } }), t`${name} is deleted.`))
    )
      await navigate({ to: '/identity_providers' })
  }
  return (
    <Page
      title={name}
      text={
        <span className={styles.marks}>
          <Status tone={stateTone[state]}>{stateName(state)}</Status>
          <span>{kindName(kind)}</span>
          <span>
            <Trans>for</Trans> <bdi>{audience(provider)}</bdi>
          </span>
          <Link to="/identity_providers">
            <Trans>All providers</Trans>
          </Link>
        </span>
      }
      actions={
        <Button variant="default" loading={busy} onClick={remove}>
          <Trans>Delete</Trans>
        </Button>
      }
    >
      <div className={styles.whole}>
        <Steps steps={steps} current={step} />
        <div ref={content} className={styles.content} tabIndex={-1}>
          <Content key={step} provider={provider} />
          {next && (
            <div className={styles.next}>
              <Button variant="default" onClick={() => void navigate({ to: '.', search: { step: next.id } as never, resetScroll: false })}>
                <Trans>Next: {next.label}</Trans>
              </Button>
            </div>
          )}
        </div>
      </div>
    </Page>
  )
}
