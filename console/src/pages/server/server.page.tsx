/** How the server is, for the platform's operators: what it needs to take requests, what it warns of, and what its jobs did. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { DataTable } from '../../components/DataTable.tsx'
import { Fact, Facts } from '../../components/Fact.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useCaller } from '../../lib/caller.ts'
import { number } from '../../lib/format.ts'
import { metrics, readiness, version } from './health.ts'

const EVERY = 15_000
const MEGABYTE = 1_000_000

export default function ServerPage() {
  const { t } = useLingui()
  const { kind } = useCaller()
  if (kind !== 'platform')
    return (
      <Page title={t`Server`}>
        <EmptyState title={t`Only the platform’s operators see the server`} />
      </Page>
    )
  return (
    <Page title={t`Server`} text={t`How it is now. This page looks again every 15 seconds.`}>
      <Health />
      <Jobs />
    </Page>
  )
}

function Health() {
  const { t } = useLingui()
  const state = useQuery({ queryKey: ['/readyz'], queryFn: ({ signal }) => readiness(signal), refetchInterval: EVERY, retry: false })
  const build = useQuery({ queryKey: ['version'], queryFn: ({ signal }) => version(signal), staleTime: Number.POSITIVE_INFINITY })
  if (state.error)
    return (
      <Section title={t`Health`}>
        <Notice tone="bad">{t`The server does not answer. Look at its log.`}</Notice>
      </Section>
    )
  if (!state.data) return <Skeleton height={150} mb="md" />
  const { ready, database, migrated, keys, warnings } = state.data
  return (
    <Section title={t`Health`}>
      <Facts>
        <Fact term={t`Requests`}>
          <Sign good={ready} bad={t`Not ready`}>{t`Ready`}</Sign>
        </Fact>
        <Fact term={t`Database`}>
          <Sign good={database} bad={t`Does not answer`}>{t`Answers`}</Sign>
        </Fact>
        <Fact term={t`Schema`}>
          <Sign good={migrated} bad={t`Migrations are missing`}>{t`Up to date`}</Sign>
        </Fact>
        <Fact term={t`Signing keys`}>
          <Sign good={keys} bad={t`None can be used`}>{t`Usable`}</Sign>
        </Fact>
        <Fact term={t`Version`}>{build.data ?? '–'}</Fact>
      </Facts>
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          <span lang="en">{warning}</span>
        </Notice>
      ))}
    </Section>
  )
}

const Sign = ({ good, bad, children }: { good: boolean; bad: string; children: ReactNode }) =>
  good ? <Status tone="good">{children}</Status> : <Status tone="bad">{bad}</Status>

function Jobs() {
  const { t } = useLingui()
  const { data, isPending } = useQuery({
    queryKey: ['/metrics'],
    queryFn: ({ signal }) => metrics(signal),
    refetchInterval: ({ state }) => (state.data ? EVERY : false),
    retry: false,
  })
  if (isPending) return <Skeleton height={200} />
  if (!data)
    return (
      <Section title={t`Jobs`}>
        <Trans>
          The figures are at <code>/metrics</code>, which answers the machine itself, and monitoring with the token{' '}
          <code>REEVE_METRICS_TOKEN</code>, but not this browser.
        </Trans>
      </Section>
    )
  return (
    <Section title={t`Jobs`} text={t`Since this process started.`}>
      <Facts>
        <Fact term={t`Started`}>
          <Time at={data.startedAt} />
        </Fact>
        <Fact term={t`Memory`}>{data.memory === undefined ? '–' : `${number(Math.round(data.memory / MEGABYTE))} MB`}</Fact>
      </Facts>
      {data.jobs.length === 0 ? (
        <EmptyState title={t`No job has run yet`} text={t`Jobs run every few minutes, and some every hour.`} />
      ) : (
        <DataTable
          label={t`Jobs`}
          rows={data.jobs}
          rowKey={({ name }) => name}
          columns={[
            { id: 'job', header: t`Job`, cell: ({ name }) => <code>{name}</code> },
            { id: 'done', header: t`Done`, end: true, cell: ({ done }) => number(done) },
            {
              id: 'failed',
              header: t`Failed`,
              end: true,
              cell: ({ failed }) => (failed > 0 ? <Status tone="bad">{number(failed)}</Status> : 0),
            },
            { id: 'duration', header: t`Seconds on average`, end: true, cell: ({ duration }) => number(duration) },
          ]}
        />
      )}
    </Section>
  )
}
