/** Applies a draft once its reader has agreed to the number of accounts; who deletes types it. */
import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { ChangeSet } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { number } from '../../lib/format.ts'
import styles from './change-sets.module.css'

/** Whether the change is for the reseller's staff only, as on one account. */
export const isForResellers = ({ type }: Pick<ChangeSet['change'], 'type'>) => type === 'delete' || type === 'restore'

/** Applies a draft or goes on with a stopped set, and shows at once what the server answers. */
export function useApply(id: number, onApplied?: () => void) {
  const queries = useQueryClient()
  const path = { changeSetId: id }
  return useMutation({
    mutationFn: () => api('POST /reeve/change_sets/{changeSetId}/apply', { path }),
    onSuccess: (set) => {
      queries.setQueryData(query('GET /reeve/change_sets/{changeSetId}', { path }).queryKey, set)
      void queries.invalidateQueries({ queryKey: ['walk', 'GET /reeve/change_sets'] })
      onApplied?.()
    },
  })
}

/** @param children other buttons */
export function ApplyForm({ set, onApplied, children }: { set: ChangeSet; onApplied?: () => void; children?: ReactNode }) {
  const { t } = useLingui()
  const { kind } = useCaller()
  const apply = useApply(set.id, onApplied)
  const [typed, setTyped] = useState('')
  const count = set.preview.will_change
  const shown = number(count)
  const deletes = set.change.type === 'delete'
  if (kind === 'seller' && isForResellers(set.change))
    return <Notice>{t`Accounts are deleted and restored by the reseller’s staff, not by sellers.`}</Notice>
  if (count === 0)
    return (
      <>
        <Notice>{t`There is nothing to apply: none of these accounts would change.`}</Notice>
        {children && <div className={`${styles.apply} ${styles.end}`}>{children}</div>}
      </>
    )
  // As it is written here or plainly: separators do not count.
  const isAgreed = !deletes || typed.replace(/\D/g, '') === String(count)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isAgreed) apply.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      {apply.error && <Notice tone="bad">{explain(apply.error)}</Notice>}
      <div className={`${styles.apply} ${styles.end}`}>
        {deletes && (
          <TextInput
            label={<Trans>Type {shown} to confirm</Trans>}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            inputMode="numeric"
          />
        )}
        {children}
        <Button type="submit" loading={apply.isPending} disabled={!isAgreed} {...(deletes && { color: 'red.9' })}>
          {deletes ? (
            <Plural value={count} one="Delete # account" other="Delete # accounts" />
          ) : (
            <Plural value={count} one="Change # account" other="Change # accounts" />
          )}
        </Button>
      </div>
    </form>
  )
}
