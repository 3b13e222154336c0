/** The state of a change set, and how far it is. While one is being applied, the server is asked each second. */
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import type { ChangeSet } from '../../api/types.ts'
import { Status } from '../../components/Status.tsx'
import { number, percent } from '../../lib/format.ts'
import styles from './change-sets.module.css'
import { stateName, stateTones } from './words.ts'

const EVERY = 1000

/** Options of useQuery for one set. */
export const liveSet = (id: number) => ({
  ...query('GET /reeve/change_sets/{changeSetId}', { path: { changeSetId: id } }),
  refetchInterval: ({ state: { data } }: { state: { data: ChangeSet | undefined } }) => data?.state === 'applying' && EVERY,
})

export const share = ({ done, total }: NonNullable<ChangeSet['progress']>) => (total === 0 ? 1 : done / total)

export const SetState = ({ set: { state } }: { set: ChangeSet }) => <Status tone={stateTones[state]}>{stateName(state)}</Status>

/** A set of a list, kept up to date. */
export function useLive(listed: ChangeSet): ChangeSet {
  const isLive = listed.state === 'applying'
  const { data } = useQuery({ ...liveSet(listed.id), enabled: isLive })
  return (isLive && data) || listed
}

export function LiveState({ set }: { set: ChangeSet }) {
  const live = useLive(set)
  return (
    <>
      <SetState set={live} /> {live.progress && live.state !== 'done' && percent(Math.floor(share(live.progress) * 1000) / 1000)}
    </>
  )
}

/** How many accounts the set is about, and of those how many were refused. */
export function LiveCount({ set }: { set: ChangeSet }) {
  const { progress, preview } = useLive(set)
  if (!progress) return number(preview.selected)
  const refused = number(progress.refused)
  return (
    <>
      {number(progress.total)}
      {progress.refused > 0 && (
        <div className={styles.small}>
          <Trans>{refused} refused</Trans>
        </div>
      )}
    </>
  )
}
