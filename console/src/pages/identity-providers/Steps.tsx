/** The list of steps as links, each with its number and how far it is. */
import { useLingui } from '@lingui/react/macro'
import { CheckIcon } from '@radix-ui/react-icons'
import { Link } from '@tanstack/react-router'
import styles from './identity-providers.module.css'
import type { Step, StepId } from './steps.ts'

export function Steps({ steps, current }: { steps: readonly Step[]; current: StepId }) {
  const { t } = useLingui()
  return (
    <nav aria-label={t`Steps`}>
      <ol className={styles.steps}>
        {steps.map(({ id, label, said, tone }, index) => (
          <li key={id}>
            <Link
              to="."
              search={{ step: id } as never}
              className={styles.step}
              activeProps={{}}
              activeOptions={{ exact: true, includeSearch: true }}
              resetScroll={false}
              {...(id === current && { 'aria-current': 'step' as const })}
            >
              <span className={styles.mark} data-tone={tone} aria-hidden="true">
                {tone === 'good' ? <CheckIcon /> : tone === 'warn' ? '!' : index + 1}
              </span>
              <span className={styles.label}>{label}</span>
              <span className={styles.said}>{said}</span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  )
}
