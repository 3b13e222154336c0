/** One bulk change: what it does, how far it is, and what became of each account. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { ApiError } from '../../api/errors.ts'
import type { ChangeSet } from '../../api/types.ts'
import { Fact, Facts } from '../../components/Fact.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { ErrorState, NotFound, PageSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { number } from '../../lib/format.ts'
import { loadTexts } from '../../lib/i18n.ts'
import { ApplyForm } from './ApplyForm.tsx'
import styles from './change-sets.module.css'
import { Preview } from './Figures.tsx'
import { Progress } from './Progress.tsx'
import { Results } from './Results.tsx'
import { liveSet, SetState } from './SetState.tsx'
import { useChangeWords } from './words.ts'

// The words of filters are those of the list of accounts.
const FilterWords = lazy(async () => {
  const [words] = await Promise.all([import('./FilterWords.tsx'), loadTexts('clients')])
  return words
})

export default function ChangeSetPage() {
  const caller = useCaller()
  const { changeSetId = '' } = useParams({ strict: false })
  const id = /^[1-9]\d{0,14}$/.test(changeSetId) ? Number(changeSetId) : 0
  const isPossible = id > 0 && isStaff(caller)
  const { data: set, error, refetch } = useQuery({ ...liveSet(id), enabled: isPossible })
  if (!isPossible || (error instanceof ApiError && error.status === 404)) return <NotFound />
  if (error && !set) return <ErrorState error={error} retry={refetch} />
  if (!set) return <PageSkeleton />
  return <Whole key={id} set={set} />
}

function Whole({ set }: { set: ChangeSet }) {
  const { t } = useLingui()
  const { state, created_at, created_by_email, applied_at, applied_by_email, finished_at } = set
  return (
    <Page title={useChangeWords(set.change)} text={<SetState set={set} />}>
      {set.progress && <Progress set={set} progress={set.progress} />}
      {set.progress && <Results set={set} progress={set.progress} />}
      <Section title={t`About this change`}>
        <Facts>
          <Fact term={t`Accounts`}>
            <Selection set={set} />
          </Fact>
          <Fact term={t`Prepared`}>
            <Time at={created_at} /> · <bdi>{created_by_email}</bdi>
          </Fact>
          {applied_at && (
            <Fact term={t`Applied`}>
              <Time at={applied_at} /> · <bdi>{applied_by_email}</bdi>
            </Fact>
          )}
          {finished_at && (
            <Fact term={t`Finished`}>
              <Time at={finished_at} />
            </Fact>
          )}
        </Facts>
      </Section>
      <Section
        title={t`Preview`}
        text={
          <Trans>
            As of <Time at={created_at} ago />.
          </Trans>
        }
      >
        <div className={styles.form}>
          <Preview preview={set.preview} />
          {state === 'draft' && <ApplyForm set={set} />}
        </div>
      </Section>
    </Page>
  )
}

function Selection({ set: { filter, preview } }: { set: ChangeSet }) {
  const count = number(preview.selected)
  if (!filter) return <Trans>{count}, each selected by itself</Trans>
  return (
    <span className={styles.line}>
      <Suspense fallback={count}>
        <FilterWords filter={filter} />
      </Suspense>
      {/* Without a word on deleted accounts the list would leave them out. */}
      <Link to="/clients" search={{ deleted: 'any', ...filter } as never}>
        <Trans>Show in the list</Trans>
      </Link>
    </span>
  )
}
