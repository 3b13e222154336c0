/** The search box: a text in one field, asked for when the typing pauses. */
import { useLingui } from '@lingui/react/macro'
import { MagnifyingGlassIcon } from '@radix-ui/react-icons'
import { type Ref, useEffect, useRef, useState } from 'react'
import type { List, Query } from './definition.ts'
import styles from './ListPage.module.css'

const PAUSE = 150

interface Props<Row> {
  list: List<Row>
  chosen: Query
  change(changes: Record<string, string | undefined>, replace?: boolean): void
  /** Down, or Escape in an empty box. */
  onLeave(): void
  /** Enter on a number: the row with that id. */
  onOpen(id: number): void
  ref: Ref<HTMLInputElement>
}

/** The parameter that the box holds. */
export const searchedIn = <Row,>({ searches }: List<Row>, chosen: Query) => searches.find(({ param }) => chosen[param] !== undefined)?.param

export function Search<Row>({ list, chosen, change, onLeave, onOpen, ref }: Props<Row>) {
  const { t } = useLingui()
  const { searches } = list
  const inAddress = searchedIn(list, chosen)
  const [picked, setPicked] = useState<string>()
  const [text, setText] = useState(inAddress === undefined ? '' : (chosen[inAddress] ?? ''))
  const suggested = list.searchFor?.(text)
  const field = picked ?? suggested ?? (text === '' ? undefined : inAddress) ?? searches[0]?.param ?? ''
  const sent = useRef(text)
  // Back, a preset or a removed filter: the box follows the address.
  const current = inAddress === undefined ? '' : (chosen[inAddress] ?? '')
  useEffect(() => {
    if (current === sent.current) return
    sent.current = current
    setText(current)
    setPicked(undefined)
  }, [current])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const send = (value: string, param: string, now = false) => {
    clearTimeout(timer.current)
    const go = () => {
      sent.current = value.trim()
      change({ ...Object.fromEntries(searches.map((one) => [one.param, undefined])), [param]: value.trim() || undefined }, true)
    }
    if (now) go()
    else timer.current = setTimeout(go, PAUSE)
  }
  const isId = /^\d{1,15}$/.test(text.trim())
  const name = searches.find(({ param }) => param === field)?.label ?? ''
  return (
    <search className={styles.search}>
      <select
        value={field}
        aria-label={t`Search in`}
        onChange={({ currentTarget: { value } }) => {
          setPicked(value)
          if (text.trim() !== '') send(text, value, true)
        }}
      >
        {searches.map(({ param, label }) => (
          <option key={param} value={param}>
            {label}
          </option>
        ))}
      </select>
      <MagnifyingGlassIcon aria-hidden="true" />
      <input
        ref={ref}
        type="search"
        value={text}
        placeholder={t`Search`}
        aria-label={t`Search: ${name}`}
        aria-keyshortcuts="/"
        onChange={({ currentTarget: { value } }) => {
          setText(value)
          if (value === '') setPicked(undefined)
          send(value, picked ?? list.searchFor?.(value) ?? field)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && isId) onOpen(Number(text))
          else if (event.key === 'Enter' || event.key === 'ArrowDown' || (event.key === 'Escape' && text === '')) onLeave()
          else return
          event.preventDefault()
        }}
      />
      {isId && (
        <button type="button" className={styles.id} onClick={() => onOpen(Number(text))}>
          {t`Open ${text.trim()}`} <kbd>↵</kbd>
        </button>
      )}
    </search>
  )
}
