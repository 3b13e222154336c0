/** The parts of a page as links, so that each has an address: `?tab=`. The first has the address without. */
import { Link, useSearch } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import styles from './Tabs.module.css'

export interface Tab {
  id: string
  label: ReactNode
}

export function useTab(tabs: readonly Tab[]): string {
  const { tab } = useSearch({ strict: false })
  return tabs.find(({ id }) => id === tab)?.id ?? tabs[0]?.id ?? ''
}

/** @param label what the parts are parts of, for screen readers */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const current = useTab(tabs)
  const nav = useRef<HTMLElement>(null)
  // In a narrow window the tabs scroll, and the current one may be beyond the edge.
  useEffect(() => {
    nav.current?.querySelector(`[data-tab="${CSS.escape(current)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [current])
  return (
    <nav ref={nav} className={styles.tabs} aria-label={label}>
      {tabs.map(({ id, label: text }, index) => (
        <Link
          key={id}
          to="."
          search={(index === 0 ? {} : { tab: id }) as never}
          className={styles.tab}
          data-tab={id}
          {...(id === current && { 'aria-current': 'page' as const, 'data-current': true })}
          activeOptions={{ exact: true, includeSearch: true }}
          replace={false}
          resetScroll={false}
        >
          {text}
        </Link>
      ))}
    </nav>
  )
}
