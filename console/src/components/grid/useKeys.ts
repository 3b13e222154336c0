/** The keys of a list. Letters can be switched off, for who dictates or types by other means (WCAG 2.1.4). */
import { useEffect, useEffectEvent } from 'react'

const KEY = 'reeve-letter-keys'
export const areLettersOn = () => localStorage.getItem(KEY) !== 'off'
export const switchLetters = (on: boolean) => localStorage.setItem(KEY, on ? 'on' : 'off')

export interface Actions {
  move(by: number): void
  moveTo(end: 'first' | 'last'): void
  page(direction: 1 | -1): void
  select(isRange: boolean): void
  selectMore(): void
  open(): void
  copy(): void
  search(): void
  goTo(): void
  help(): void
  /** Returns whether there was anything to leave. */
  leave(): boolean
}

const isTyping = (target: Element) => target.closest('input:not([type="checkbox"]),textarea,select,[contenteditable]') !== null
const isOpen = () => document.querySelector('[role="dialog"],[role="menu"],[role="listbox"]') !== null

/** @param grid the keys that move work while the focus is on it or on nothing */
export function useKeys(grid: () => HTMLElement | null, actions: Actions) {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const target = event.target as Element
    if (event.defaultPrevented || event.isComposing || isTyping(target) || isOpen()) return
    const isFree = target === document.body || target.tagName === 'MAIN' || target === grid()
    if (run(event, actions, isFree, grid()?.contains(target) ?? false)) event.preventDefault()
  })
  useEffect(() => {
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

/** Returns whether the key meant something. */
function run(event: KeyboardEvent, actions: Actions, isFree: boolean, isInside: boolean): boolean {
  const { key, shiftKey } = event
  const done = (act: () => void) => {
    act()
    return true
  }
  if (event.ctrlKey || event.metaKey) return key === 'a' && (isFree || isInside) ? done(actions.selectMore) : false
  if (event.altKey) return false
  if (key === 'Escape') return actions.leave()
  if (isFree)
    switch (key) {
      case 'ArrowDown':
        return done(() => actions.move(1))
      case 'ArrowUp':
        return done(() => actions.move(-1))
      case 'PageDown':
        return done(() => actions.page(1))
      case 'PageUp':
        return done(() => actions.page(-1))
      case 'Home':
        return done(() => actions.moveTo('first'))
      case 'End':
        return done(() => actions.moveTo('last'))
      case 'Enter':
        return done(actions.open)
      case ' ':
        return done(() => actions.select(shiftKey))
    }
  if (!areLettersOn()) return false
  switch (key) {
    case 'j':
      return done(() => actions.move(1))
    case 'k':
      return done(() => actions.move(-1))
    case 'x':
      return done(() => actions.select(false))
    case 'X':
      return done(() => actions.select(true))
    case 'c':
      return done(actions.copy)
    case 'g':
      return done(actions.goTo)
    case '/':
      return done(actions.search)
    case '?':
      return done(actions.help)
  }
  return false
}
