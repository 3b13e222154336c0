/** Numbers of accounts, each above the word that says what they are. */
import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ChangeSet } from '../../api/types.ts'
import { number } from '../../lib/format.ts'
import styles from './change-sets.module.css'
import { reasonWords } from './words.ts'

export const Figures = ({ all }: { all: readonly (readonly [label: string, value: number])[] }) => (
  <dl className={styles.figures}>
    {all.map(([label, value]) => (
      <div key={label} className={styles.figure} data-quiet={value === 0 || undefined}>
        <dt>{label}</dt>
        <dd>{number(value)}</dd>
      </div>
    ))}
  </dl>
)

/**
 * What applying would do, and why it would be refused, with accounts to look at.
 * @param apart whether they open in a tab of their own, so that what is being decided here is not lost
 */
export function Preview({ preview, apart = false }: { preview: ChangeSet['preview']; apart?: boolean }) {
  const { t } = useLingui()
  const { selected, will_change, unchanged, refused, reasons } = preview
  return (
    <div>
      <Figures
        all={[
          [t`Selected`, selected],
          [t`Will change`, will_change],
          [t`Are so already`, unchanged],
          [t`Are refused`, refused],
        ]}
      />
      {reasons.length > 0 && (
        <ul className={styles.reasons} aria-label={t`Why accounts are refused`}>
          {reasons.map(({ code, message, count, examples }) => (
            <li key={code}>
              <b>{number(count)}</b> · {reasonWords(code, message)}
              <small>
                {t`For example:`}{' '}
                {examples.map(({ id, company }, index) => (
                  <span key={id}>
                    {index > 0 && ' · '}
                    <Link to="/clients/$clientId" params={{ clientId: String(id) }} {...(apart && { target: '_blank' })}>
                      <bdi>{company || `#${id}`}</bdi>
                    </Link>
                  </span>
                ))}
              </small>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
