/** Finds pages, accounts, people and actions by a few letters; the arrows choose, Enter goes there. */
import { useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react'
import { query } from '../../api/client.ts'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { Dialog } from '../Dialog.tsx'
import { type Entry, useActions, usePages } from './entries.ts'
import styles from './Palette.module.css'

const PAUSE = 150
const same = (text: string) => text.toLocaleLowerCase()

/** @param typed before it was loaded */
export default function Palette({ typed, onClose }: { typed: string; onClose(): void }) {
  const { t } = useLingui()
  const caller = useCaller()
  const router = useRouter()
  const [text, setText] = useState(typed)
  const [active, setActive] = useState(0)
  const asked = usePaused(text.trim())
  const found = useQuery({
    ...query('GET /reeve/search', { query: { q: asked } }),
    enabled: asked !== '' && isStaff(caller),
    placeholderData: (last) => (asked === '' ? undefined : last),
  })
  const list = useRef<HTMLDivElement>(null)
  const words = same(useDeferredValue(text)).split(/\s+/)
  const matches = ({ label, more = '' }: Entry) => words.every((word) => same(`${label} ${more}`).includes(word))
  const { clients = [], users = [], sellers = [] } = (text.trim() !== '' && found.data) || {}
  const go = (href: string) => () => void router.navigate({ href })
  // What is known at once stands first, so that nothing moves under the choice when the server's answer comes.
  const groups: { title: string; entries: Entry[] }[] = [
    { title: t`Pages`, entries: usePages().filter(matches) },
    { title: t`Actions`, entries: useActions().filter(matches) },
    {
      title: t`Accounts`,
      entries: clients.map(({ id, company_name, email }) => ({
        key: `client ${id}`,
        label: company_name || email,
        more: `${email} · ${id}`,
        run: go(`/clients/${id}`),
      })),
    },
    {
      title: t`Users`,
      entries: users.map(({ id, email, name, client_id }) => ({
        key: `user ${id}`,
        label: name ?? email,
        more: `${email} · ${id}`,
        run: go(`/clients/${client_id}`),
      })),
    },
    {
      title: t`Sellers`,
      entries: sellers.map(({ id, email, name }) => ({
        key: `seller ${id}`,
        label: name ?? email,
        more: `${email} · ${id}`,
        run: go(`/clients?seller_id=${id}`),
      })),
    },
  ].filter(({ entries }) => entries.length > 0)
  const all = groups.flatMap(({ entries }) => entries)
  const current = Math.min(active, all.length - 1)
  const run = ({ run: act }: Entry) => {
    onClose()
    Promise.resolve(act()).catch((error) => toast(explain(error), { kind: 'failed' }))
  }
  useEffect(() => {
    list.current?.querySelector(`#palette-${current}`)?.scrollIntoView({ block: 'nearest' })
  }, [current])
  function onKeyDown(event: KeyboardEvent) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const entry = all[current]
    if (move !== undefined) setActive((current + move + all.length) % Math.max(1, all.length))
    else if (event.key === 'Enter' && entry) run(entry)
    else return
    event.preventDefault()
  }
  let place = 0
  return (
    <Dialog
      opened
      onClose={onClose}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="12vh"
      centered={false}
      title={t`Find`}
      // At once, so that the focus goes from the input before to this one without a gap in which a key would be lost.
      transitionProps={{ duration: 0 }}
      classNames={{ header: styles.hidden ?? '' }}
    >
      <input
        className={styles.input}
        autoFocus
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette"
        aria-activedescendant={current >= 0 ? `palette-${current}` : undefined}
        aria-label={t`Find`}
        placeholder={isStaff(caller) ? t`Find pages, accounts, people and actions` : t`Find pages and actions`}
        value={text}
        onChange={({ currentTarget: { value } }) => {
          setText(value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="palette" role="listbox" aria-label={t`Found`} className={styles.list} data-stale={found.isFetching || undefined}>
        {groups.map(({ title, entries }) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand in a listbox
          <div key={title} role="group" aria-label={title}>
            <p aria-hidden="true" className={styles.title}>
              {title}
            </p>
            {entries.map((entry) => {
              const index = place++
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the input
                // biome-ignore lint/a11y/useFocusableInteractive: the input holds the focus and names the active option
                <div
                  key={entry.key}
                  id={`palette-${index}`}
                  role="option"
                  aria-selected={index === current}
                  className={styles.entry}
                  onPointerMove={() => setActive(index)}
                  onClick={() => run(entry)}
                >
                  <bdi>{entry.label}</bdi>
                  {entry.more && <small>{entry.more}</small>}
                </div>
              )
            })}
          </div>
        ))}
      </div>
      <p role="status" className={styles.none}>
        {found.error ? explain(found.error) : all.length === 0 && !found.isFetching ? t`Nothing found` : ''}
      </p>
    </Dialog>
  )
}

function usePaused(text: string): string {
  const [paused, setPaused] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE)
    return () => clearTimeout(timer)
  }, [text])
  return paused
}
