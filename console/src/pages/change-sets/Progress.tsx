/** How far a set is, and the buttons that stop it and go on. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { ChangeSet } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { number, percent } from '../../lib/format.ts'
import { isForResellers, useApply } from './ApplyForm.tsx'
import styles from './change-sets.module.css'
import { Figures } from './Figures.tsx'
import { liveSet, share } from './SetState.tsx'
import { outcomeName, outcomes, stateName } from './words.ts'

interface Props {
  set: ChangeSet
  progress: NonNullable<ChangeSet['progress']>
}

export function Progress({ set, progress }: Props) {
  const { t } = useLingui()
  const { state, stopped_because } = set
  const done = number(progress.done)
  const total = number(progress.total)
  // Spoken at each tenth: every second would be too much to listen to.
  const tenth = percent(Math.floor(share(progress) * 10) / 10)
  return (
    <Section title={t`Progress`} actions={<Buttons set={set} />}>
      <div className={styles.form}>
        {state === 'stopped' && (
          <Notice tone="warn">
            {stopped_because === 'access_lost' ? (
              <Trans>
                It stopped by itself: whoever applied it has lost access. What is done stays done; go on to do the rest in your name.
              </Trans>
            ) : (
              <Trans>It is stopped. What is done stays done; go on to do the rest.</Trans>
            )}
          </Notice>
        )}
        <div>
          <progress
            className={styles.bar}
            max={1}
            value={share(progress)}
            aria-label={t`Progress`}
            aria-valuetext={t`${done} of ${total}`}
          />
          <Trans>
            {done} of {total} accounts
          </Trans>
          <VisuallyHidden role="status">
            {stateName(state)}: {tenth}
          </VisuallyHidden>
        </div>
        <Figures all={outcomes.map((outcome) => [outcomeName(outcome), progress[outcome]] as const)} />
      </div>
    </Section>
  )
}

function Buttons({ set: { id, state, change } }: { set: ChangeSet }) {
  const { t } = useLingui()
  const { kind } = useCaller()
  const queries = useQueryClient()
  const { queryKey } = liveSet(id)
  const goOn = useApply(id)
  const stop = useMutation({
    mutationFn: () => api('POST /reeve/change_sets/{changeSetId}/stop', { path: { changeSetId: id } }),
    onSuccess: (set) => queries.setQueryData(queryKey, set),
    // It may have come to its end meanwhile, which says more than the refusal.
    onError: () => queries.invalidateQueries({ queryKey }),
  })
  const error = state === 'applying' ? stop.error : state === 'stopped' ? goOn.error : null
  if (state !== 'applying' && state !== 'stopped') return null
  const isOthers = kind === 'seller' && isForResellers({ type: change.type })
  return (
    <>
      {error && <Notice tone="bad">{explain(error)}</Notice>}
      {isOthers ? (
        t`Accounts are deleted and restored by the reseller’s staff, not by sellers.`
      ) : state === 'applying' ? (
        <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
          <Trans>Stop applying</Trans>
        </Button>
      ) : (
        <Button loading={goOn.isPending} onClick={() => goOn.mutate()}>
          <Trans>Go on</Trans>
        </Button>
      )}
    </>
  )
}
