/** Below the grid: which rows are in view and how many there are, exactly; a click, or `g`, asks for a row to go to. */
import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { number } from '../../lib/format.ts'
import styles from './ListPage.module.css'
import type { Scrolling } from './useScroll.ts'

interface Props {
  scroll: Scrolling
  count: number | undefined
  isStale: boolean
  /** Whether a row is asked for. */
  isAsking: boolean
  setAsking(is: boolean): void
  onJump(row: number): void
  children: ReactNode
}

export function Bar({ scroll, count, isStale, isAsking, setAsking, onJump, children }: Props) {
  const { t } = useLingui()
  if (count === undefined) return <div className={styles.bar} />
  const { first, last } = scroll.window
  const from = number(count === 0 ? 0 : first + 1)
  const to = number(count === 0 ? 0 : last + 1)
  const total = number(count)
  return (
    <div className={styles.bar} data-stale={isStale || undefined}>
      {isAsking ? (
        <form
          className={styles.jump}
          onSubmit={(event) => {
            event.preventDefault()
            const row = Number(new FormData(event.currentTarget).get('row'))
            setAsking(false)
            if (row >= 1) onJump(Math.min(Math.floor(row), count) - 1)
            scroll.scroller.current?.focus({ preventScroll: true })
          }}
        >
          <label>
            <Trans>Go to row</Trans>{' '}
            <input
              name="row"
              type="number"
              min={1}
              max={count}
              required
              // biome-ignore lint/a11y/noAutofocus: the reader asked for it
              autoFocus
              onBlur={() => setAsking(false)}
              onKeyDown={(event) => {
                if (event.key !== 'Escape') return
                event.stopPropagation()
                setAsking(false)
                scroll.scroller.current?.focus({ preventScroll: true })
              }}
            />
          </label>
        </form>
      ) : (
        <button type="button" className={styles.position} title={t`Go to row`} onClick={() => setAsking(true)} disabled={count === 0}>
          <Trans>
            {from}–{to} of <b>{total}</b>
          </Trans>
        </button>
      )}
      <span className={styles.live} role="status">
        {isStale ? '' : t`${total} rows`}
      </span>
      {children}
    </div>
  )
}
