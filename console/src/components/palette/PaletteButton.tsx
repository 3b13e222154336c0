/** Opens the palette: by a button in the navigation, and by Ctrl or Command with K from anywhere. */
import { useLingui } from '@lingui/react/macro'
import { MagnifyingGlassIcon } from '@radix-ui/react-icons'
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import styles from './PaletteButton.module.css'

const load = () => import('./Palette.tsx')
const Palette = lazy(load)

let isOpen = false
const listeners = new Set<() => void>()
const setOpen = (next: boolean) => {
  isOpen = next
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function PaletteButton() {
  const { t } = useLingui()
  return (
    <button
      type="button"
      className={styles.button}
      aria-haspopup="dialog"
      aria-keyshortcuts="Control+K Meta+K"
      onPointerEnter={load}
      onClick={() => setOpen(true)}
    >
      <MagnifyingGlassIcon aria-hidden="true" />
      <span>{t`Find`}</span>
      <small aria-hidden="true">{/mac/i.test(navigator.platform) ? '⌘K' : 'Ctrl K'}</small>
    </button>
  )
}

export function PaletteHost() {
  const { t } = useLingui()
  const open = useSyncExternalStore(subscribe, () => isOpen)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      // Not over a dialog in which something may have been typed.
      if (isOpen || document.querySelector('[role="dialog"][aria-modal="true"]') === null) setOpen(!isOpen)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  const [typed, setTyped] = useState('')
  if (!open) return null
  const close = () => {
    setOpen(false)
    setTyped('')
  }
  // What is typed before the palette has come is not lost, nor taken for a key of the page.
  const early = (
    <div role="dialog" aria-label={t`Find`} className={styles.early}>
      {/* biome-ignore lint/a11y/noAutofocus: the reader asked for it */}
      <input autoFocus aria-label={t`Find`} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
    </div>
  )
  return (
    <Suspense fallback={early}>
      <Palette typed={typed} onClose={close} />
    </Suspense>
  )
}
