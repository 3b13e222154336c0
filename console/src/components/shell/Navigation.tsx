/** The pages that the caller has. */
import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { useCaller } from '../../lib/caller.ts'
import { PaletteButton } from '../palette/PaletteButton.tsx'
import { Brand } from './Brand.tsx'
import styles from './Navigation.module.css'
import { groupsFor } from './pages.ts'

export function Navigation() {
  const { t } = useLingui()
  const caller = useCaller()
  return (
    <nav className={styles.nav} aria-label={t`Pages`}>
      <Brand />
      <PaletteButton />
      {groupsFor(caller).map(({ key, title, entries }) => (
        <div key={key}>
          {title && <p className={styles.title}>{title}</p>}
          <ul className={styles.list}>
            {entries.map(({ to, label }) => (
              <li key={to}>
                <Link
                  to={to}
                  className={styles.link}
                  activeProps={{ className: styles.active, 'aria-current': 'page' }}
                  activeOptions={{ exact: to === '/' }}
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
