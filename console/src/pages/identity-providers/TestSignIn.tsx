/** A sign-in that signs nobody in: in a tab of its own, whose outcome this page waits for. That tab ends at this page, too. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { IdentityProvider } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { useAct } from '../../lib/act.ts'
import { Outcome } from './Outcome.tsx'
import { isComplete, providerQuery } from './words.ts'

const PAUSE = 1500

export function TestSignIn({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const { test } = useSearch({ strict: false }) as { test?: string }
  const { busy, act } = useAct()
  /** The way on where the browser opened no tab. */
  const [blocked, setBlocked] = useState<string>()
  const complete = isComplete(provider)

  const begin = () => {
    setBlocked(undefined)
    // Opened before anything is asked: later the browser takes it for an advertisement.
    const tab = window.open('', '_blank')
    return act(async () => {
      try {
        const { id, url } = await api('POST /reeve/identity_providers/{providerId}/test', { path: { providerId: provider.id } })
        if (tab) {
          tab.opener = null
          tab.location.href = url
        } else setBlocked(url)
        await navigate({ to: '.', search: { step: 'test', test: id } as never, replace: true, resetScroll: false })
      } catch (error) {
        tab?.close()
        throw error
      }
    })
  }
  return (
    <Section
      title={t`Test sign-in`}
      text={t`Opens the identity provider in a new tab. Nobody is signed in here by it; you see what it says and what would happen.`}
      actions={
        <Button loading={busy} disabled={!complete} onClick={begin}>
          {test === undefined ? <Trans>Begin the test</Trans> : <Trans>Test again</Trans>}
        </Button>
      }
    >
      {!complete && <Notice tone="warn">{t`Their values are not complete yet.`}</Notice>}
      {blocked !== undefined && (
        <Notice>
          <a href={blocked} target="_blank" rel="noreferrer">
            <Trans>Go to the provider</Trans>
          </a>
        </Notice>
      )}
      {complete && test === undefined && <p>{t`A test that succeeds makes a draft ready to be switched on.`}</p>}
      {test !== undefined && <Waiting provider={provider} test={test} />}
    </Section>
  )
}

function Waiting({ provider, test }: { provider: IdentityProvider; test: string }) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const path = { providerId: provider.id, testId: test }
  const { data, error, refetch } = useQuery({
    ...query('GET /reeve/identity_providers/{providerId}/tests/{testId}', { path }),
    refetchInterval: ({ state }) => (state.data?.state === 'waiting' ? PAUSE : false),
    refetchIntervalInBackground: true,
  })
  const state = data?.state
  // The provider is tested now.
  useEffect(() => {
    if (state === 'succeeded') void queries.invalidateQueries({ queryKey: providerQuery(provider.id).queryKey })
  }, [state, queries, provider.id])
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <RowsSkeleton rows={3} />
  if (data.state === 'waiting')
    return (
      <div role="status">
        <Notice>{t`Waiting for you to come back from the provider. The test ends after ten minutes.`}</Notice>
      </div>
    )
  return <Outcome provider={provider} outcome={data} />
}
