/** Which part of a list is shown, out of how many, with the way to the parts beside it. The offset is in the address. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { number } from '../lib/format.ts'
import styles from './Pager.module.css'

export function Pager({ count, from, page, shown }: { count: number; from: number; page: number; shown: number }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const go = (offset: number) => {
    const search = ({ offset: _, ...others }: Record<string, unknown>) => ({ ...others, ...(offset > 0 && { offset: String(offset) }) })
    void navigate({ to: '.', search: search as never })
  }
  const [first, last, all] = [number(shown === 0 ? 0 : from + 1), number(from + shown), number(count)]
  return (
    <nav className={styles.pager} aria-label={t`Pages of the list`}>
      <span role="status">
        <Trans>
          {first}–{last} of {all}
        </Trans>
      </span>
      {count > page && (
        <>
          <Button size="compact-sm" variant="default" disabled={from === 0} onClick={() => go(Math.max(0, from - page))}>
            <Trans>Previous</Trans>
          </Button>
          <Button size="compact-sm" variant="default" disabled={from + shown >= count} onClick={() => go(from + page)}>
            <Trans>Next</Trans>
          </Button>
        </>
      )}
    </nav>
  )
}
