/** What became of each account, by outcome, and the same as a file. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Given } from '../../api/client.ts'
import type { ChangeResult, ChangeSet } from '../../api/types.ts'
import { CursorList, cursorKey } from '../../components/CursorList.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState } from '../../components/states.tsx'
import { Tabs, useTab } from '../../components/Tabs.tsx'
import { number } from '../../lib/format.ts'
import { Download } from './Download.tsx'
import { outcomeName, outcomes, outcomeTones, reasonWords } from './words.ts'

const operation = 'GET /reeve/change_sets/{changeSetId}/results'
/** How often the list follows the progress, in ms. */
const EVERY = 5000

interface Props {
  set: ChangeSet
  progress: NonNullable<ChangeSet['progress']>
}

export function Results({ set: { id, state }, progress }: Props) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const tabs = [
    { id: 'all', label: `${t`All`} ${number(progress.done)}` },
    ...outcomes.map((outcome) => ({ id: outcome as string, label: `${outcomeName(outcome)} ${number(progress[outcome])}` })),
  ]
  const tab = useTab(tabs)
  const outcome = outcomes.find((one) => one === tab)
  const given: Given<typeof operation> = { path: { changeSetId: id }, query: { limit: 100, ...(outcome && { outcome }) } }

  const isApplying = state === 'applying'
  useEffect(() => {
    const refresh = () => void queries.invalidateQueries({ queryKey: ['walk', operation] })
    if (!isApplying) return
    const timer = setInterval(refresh, EVERY)
    return () => {
      clearInterval(timer)
      refresh()
    }
  }, [isApplying, queries])

  const columns: Column<ChangeResult>[] = [
    {
      id: 'account',
      header: t`Account`,
      cell: ({ client_id, company }) => (
        <Link to="/clients/$clientId" params={{ clientId: String(client_id) }}>
          <bdi>{company || `#${client_id}`}</bdi>
        </Link>
      ),
    },
    { id: 'id', header: t`Id`, cell: ({ client_id }) => client_id, end: true, minor: true },
    {
      id: 'outcome',
      header: t`Outcome`,
      cell: (result) => <Status tone={outcomeTones[result.outcome]}>{outcomeName(result.outcome)}</Status>,
    },
    { id: 'reason', header: t`Reason`, cell: ({ code, message }) => (code === null ? '–' : reasonWords(code, message)) },
  ]
  return (
    <Section
      title={t`Results`}
      text={isApplying && <Trans>Accounts that are done so far.</Trans>}
      actions={
        progress.done > 0 && (
          <>
            {progress.refused > 0 && <Download id={id} outcome="refused" total={progress.refused} />}
            <Download id={id} total={progress.done} />
          </>
        )
      }
    >
      <Tabs label={t`Results by outcome`} tabs={tabs} />
      <CursorList
        key={JSON.stringify(cursorKey(operation, given))}
        operation={operation}
        given={given}
        label={t`Results`}
        columns={columns}
        rowKey={({ client_id }) => client_id}
        empty={<EmptyState title={t`No accounts here`} text={isApplying ? t`They appear as they are done.` : undefined} />}
      />
    </Section>
  )
}
