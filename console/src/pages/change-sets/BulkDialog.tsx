/** One change of all selected accounts: chosen, then previewed by the server, then applied. */
import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import type { ChangeSet } from '../../api/types.ts'
import { Dialog } from '../../components/Dialog.tsx'
import type { Selected } from '../../components/grid/definition.ts'
import { Notice } from '../../components/Notice.tsx'
import { useCaller } from '../../lib/caller.ts'
import { fieldErrors } from '../../lib/explain.ts'
import { ApplyForm } from './ApplyForm.tsx'
import { ChangeForm, changeOf, nothing } from './ChangeForm.tsx'
import styles from './change-sets.module.css'
import { Preview } from './Figures.tsx'
import { useChangeWords } from './words.ts'

interface Props {
  select: Selected
  count: number
  onClose(): void
  /** Called once the change is being applied, before its page is shown. */
  onApplied?: () => void
}

const fieldNames = ['seller', 'is_test', 'product', 'availability', 'status', 'feature_id', 'type']

export default function BulkDialog({ select, count, onClose, onApplied }: Props) {
  const { kind } = useCaller()
  const queries = useQueryClient()
  const [chosen, setChosen] = useState(nothing)
  const [set, setSet] = useState<ChangeSet>()
  const change = changeOf(chosen)
  const draft = useMutation({
    mutationFn: (body: { change: NonNullable<typeof change>; select: Selected }) => api('POST /reeve/change_sets', { body }),
    onSuccess: (made) => {
      setSet(made)
      void queries.invalidateQueries({ queryKey: ['walk', 'GET /reeve/change_sets'] })
    },
  })
  const { fields, rest } = fieldErrors(draft.error, fieldNames)
  // Sellers and defaults are a reseller's, so the server takes no change across resellers.
  const isTooWide = kind === 'platform' && 'filter' in select && !select.filter.reseller_id
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (change && !isTooWide) draft.mutate({ change, select })
  }
  return (
    <Dialog opened onClose={onClose} size="lg" title={<Plural value={count} one="Change # account" other="Change # accounts" />}>
      {set ? (
        <Review set={set} onBack={() => setSet(undefined)} {...(onApplied && { onApplied })} />
      ) : (
        <form className={styles.form} onSubmit={submit}>
          <ChangeForm
            chosen={chosen}
            errors={fields}
            change={(next) => {
              setChosen(next)
              draft.reset()
            }}
          />
          {isTooWide && (
            <Notice tone="warn">
              <Trans>Filter the list by a reseller first: a bulk change stays within one.</Trans>
            </Notice>
          )}
          <p className={styles.muted}>
            <Trans>Nothing is changed yet. The preview says how many accounts would change, and which would not and why.</Trans>
          </p>
          {rest !== undefined && <Notice tone="bad">{rest}</Notice>}
          <div className={`${styles.apply} ${styles.end}`}>
            <Button variant="default" onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" disabled={!change || isTooWide} loading={draft.isPending}>
              <Trans>Preview</Trans>
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}

function Review({ set, onBack, onApplied }: { set: ChangeSet; onBack(): void; onApplied?: () => void }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const heading = useRef<HTMLHeadingElement>(null)
  const words = useChangeWords(set.change)
  // The button that was pressed is gone: go on from here by keyboard.
  useEffect(() => heading.current?.focus(), [])
  const show = () => {
    onApplied?.()
    void navigate({ to: '/change_sets/$changeSetId', params: { changeSetId: String(set.id) } })
  }
  return (
    <div className={styles.form}>
      <h3 ref={heading} tabIndex={-1} className={styles.words}>
        {words}
      </h3>
      <Preview preview={set.preview} apart />
      <p className={styles.muted}>
        {set.filter
          ? t`It applies to the accounts that match at that moment. You can stop it, and go on later.`
          : t`You can stop it while it is being applied, and go on later.`}
      </p>
      <ApplyForm set={set} onApplied={show}>
        <Button variant="default" onClick={onBack}>
          <Trans>Back</Trans>
        </Button>
      </ApplyForm>
    </div>
  )
}
