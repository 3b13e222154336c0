/** A page with one long list: search, filters and presets above, the grid, its place and the selection below, the chosen row beside. */
import { useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type ListPreferences, useChangePreferences } from '../../lib/preferences.ts'
import { toast } from '../../lib/toast.ts'
import { Page } from '../Page.tsx'
import { ErrorState } from '../states.tsx'
import { Bar } from './Bar.tsx'
import type { List } from './definition.ts'
import { EmptyList } from './EmptyList.tsx'
import { Filters } from './Filters.tsx'
import { Grid, HEAD, heights } from './Grid.tsx'
import styles from './ListPage.module.css'
import { Panel } from './Panel.tsx'
import { escapeLeadsBack, leavePlace, placeIn } from './places.ts'
import { Search, searchedIn } from './Search.tsx'
import { SelectionBar } from './SelectionBar.tsx'
import { Tools } from './Tools.tsx'
import { useChanges } from './useChanges.ts'
import { useKeys } from './useKeys.ts'
import { useNarrow } from './useNarrow.ts'
import { PAGE, pageOf, type Source, useRows } from './useRows.ts'
import { useScroll } from './useScroll.ts'
import { useSelection } from './useSelection.ts'
import { useSelectionKeys } from './useSelectionKeys.ts'
import { orderingOf, useView, type View } from './useView.ts'

const HelpDialog = lazy(() => import('./HelpDialog.tsx'))

interface Props<Row> {
  list: List<Row>
  title: string
  actions?: ReactNode
}

export function ListPage<Row>({ list, title, actions }: Props<Row>) {
  const view = useView(list)
  const source = useSource(list, view)
  // The rows need not wait for the preferences, but where a preset may decide what they are.
  const queries = useQueryClient()
  const { isReady, isPreset, at } = view
  useEffect(() => {
    if (!isReady && !isPreset) void queries.prefetchQuery(pageOf(source, Math.floor(at / PAGE)))
  }, [isReady, isPreset, at, source, queries])
  if (!view.isReady)
    return (
      <Page title={title} fills actions={actions}>
        {null}
      </Page>
    )
  return <Shown list={list} title={title} actions={actions} view={view} />
}

function useSource<Row>(list: List<Row>, { query, orders }: View): Source<Row> {
  const ordering = orderingOf(orders)
  return useMemo(() => {
    const all = ordering === undefined ? query : { ...query, ordering }
    const key = new URLSearchParams(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))).toString()
    return { key: [`list:${list.name}`, key], fetch: (slice, signal) => list.fetch(all, slice, signal) }
  }, [list, query, ordering])
}

function Shown<Row>({ list, title, actions, view }: Props<Row> & { view: View }) {
  const { t } = useLingui()
  const router = useRouter()
  const changePreferences = useChangePreferences(list.name)
  const isNarrow = useNarrow()
  const rowHeight = isNarrow ? heights.narrow : heights[view.density]
  const source = useSource(list, view)
  const filterKey = useMemo(() => JSON.stringify(view.query), [view.query])

  const [known, setKnown] = useState(0)
  const scroll = useScroll(known, rowHeight, isNarrow ? 0 : HEAD)
  const left = useRef(placeIn(list.name, view.address))
  const startAt = left.current ? Math.floor(left.current.top / rowHeight) : view.at
  const rows = useRows(source, scroll.wanted, startAt)
  const count = rows.count ?? 0
  if (rows.count !== undefined && rows.count !== known) setKnown(rows.count)
  const [active, setActive] = useState(left.current?.active ?? startAt)
  const selection = useSelection(filterKey, count)
  const changes = useChanges(source, rows, scroll.window.first, list.id)
  const [isAsking, setAsking] = useState(false)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const search = useRef<HTMLInputElement>(null)

  // The rows of a new filter start at the top, or where the address or the way back says.
  const place = useEffectEvent(() => {
    if (left.current) {
      scroll.restore(left.current.top)
      setActive(left.current.active)
      scroll.scroller.current?.focus({ preventScroll: true })
    } else {
      scroll.jump(view.at)
      setActive(Math.min(view.at, Math.max(0, count - 1)))
    }
    left.current = undefined
    rows.placed()
  })
  const isToBePlaced = rows.count !== undefined && !rows.isPlaced && known === rows.count && scroll.view > 0
  useLayoutEffect(() => {
    if (isToBePlaced) place()
  }, [isToBePlaced])

  // The address names the first row in view once it rests.
  const { first } = scroll.window
  const { change } = view
  useEffect(() => {
    if (!rows.isPlaced || rows.isStale || first === view.at) return
    const timer = setTimeout(() => change({ at: first > 0 ? String(first + 1) : undefined }, true), 400)
    return () => clearTimeout(timer)
  }, [first, rows.isPlaced, rows.isStale, view.at, change])
  const leave = useEffectEvent(() => leavePlace(list.name, { address: view.address, top: scroll.place(), active }))
  useEffect(() => () => void leave(), [])

  const rowAt = (index: number) => rows.at(index)
  const idAt = (index: number) => {
    const row = rowAt(index)
    return row === undefined ? undefined : list.id(row)
  }
  const open = (index: number) => {
    const id = idAt(index)
    if (id === undefined) return
    const address = list.address(id)
    leavePlace(list.name, { address: view.address, top: scroll.place(), active: index })
    escapeLeadsBack(router, address)
    void router.navigate({ href: address })
  }
  const showPanel = (id: number | undefined) => change({ panel: id === undefined ? undefined : String(id) }, true)
  const canPanel = list.panel !== undefined && !isNarrow
  const activate = (index: number) => {
    const next = Math.min(Math.max(0, index), count - 1)
    if (next < 0) return
    setActive(next)
    scroll.reveal(next)
    prefetch(next, true)
  }
  const hovering = useRef<ReturnType<typeof setTimeout>>(undefined)
  const prefetch = (index: number, isActivated = false) => {
    clearTimeout(hovering.current)
    hovering.current = setTimeout(() => {
      const id = idAt(index)
      if (id === undefined) return
      list.prefetch?.(id)
      if (isActivated && canPanel && view.panel !== undefined) showPanel(id)
    }, 80)
  }
  const selecting = useSelectionKeys({ list, source, rows, selection, scroll, active, setActive })
  useKeys(() => scroll.scroller.current, {
    move: (by) => activate(active + by),
    moveTo: (end) => activate(end === 'first' ? 0 : count - 1),
    page: (direction) => activate(active + direction * Math.max(1, scroll.window.last - scroll.window.first - 1)),
    select: (isRange) => selecting.toggle(active, isRange),
    selectMore: selecting.more,
    open: () => open(active),
    async copy() {
      const id = idAt(active)
      if (id === undefined) return
      await navigator.clipboard.writeText(String(id))
      toast(t`Id ${id} copied`)
    },
    search: () => search.current?.focus(),
    goTo: () => setAsking(true),
    help: () => setHelpOpen(true),
    leave() {
      if (view.panel !== undefined) showPanel(undefined)
      else if (selection.count > 0) selection.clear()
      else return false
      scroll.scroller.current?.focus({ preventScroll: true })
      return true
    },
  })

  const byId = useMemo(() => new Map(list.columns.map((column) => [column.id, column])), [list])
  const columns = useMemo(() => view.columns.flatMap((id) => byId.get(id) ?? []), [view.columns, byId])
  const [dragged, setDragged] = useState<{ id: string; width: number }>()
  const widths = columns.map(({ id, width }) => (dragged?.id === id ? dragged.width : (view.widths[id] ?? width)))
  const keep = (next: ListPreferences) => changePreferences(next)
  const setColumns = (ids: readonly string[], over: Record<string, number> = {}) => {
    const width = (id: string) => over[id] ?? view.widths[id]
    keep({ columns: ids.map((name) => ({ name, ...(width(name) !== undefined && { width: width(name) ?? 0 }) })) })
    if (ids.join(',') !== view.columns.join(',')) change({ columns: ids.join(',') }, true)
  }

  const searched = searchedIn(list, view.chosen)
  const unsearched = useMemo(() => (searched === undefined ? view.chosen : { ...view.chosen, [searched]: '' }), [view.chosen, searched])
  const hasError = rows.error !== undefined && rows.error !== null
  const isFailed = hasError && (count === 0 || rows.isStale)
  const isEmpty = !isFailed && rows.count === 0 && !rows.isStale

  return (
    <Page title={title} fills actions={actions}>
      <div className={styles.toolbar}>
        <Search
          ref={search}
          list={list}
          chosen={view.chosen}
          change={change}
          onLeave={() => scroll.scroller.current?.focus()}
          onOpen={showPanel}
        />
        <Filters list={list} chosen={unsearched} isNarrow={isNarrow} change={change} />
        <Tools
          list={list}
          view={view}
          count={count}
          isNarrow={isNarrow}
          columns={columns}
          setColumns={setColumns}
          keep={keep}
          onHelp={() => setHelpOpen(true)}
        />
      </div>
      <div className={styles.content}>
        <div className={styles.list}>
          {isFailed && <ErrorState error={rows.error} retry={rows.refetch} />}
          {isEmpty && <EmptyList list={list} view={view} />}
          <div className={styles.grid} hidden={isFailed || isEmpty}>
            <Grid
              list={list}
              columns={columns}
              widths={widths}
              rows={rows}
              scroll={scroll}
              rowHeight={rowHeight}
              isNarrow={isNarrow}
              active={active}
              selection={selection}
              orders={view.orders}
              onOrders={(orders) => change({ ordering: orderingOf(orders) })}
              onWidth={(id, width, isDone) => {
                setDragged(isDone ? undefined : { id, width })
                if (isDone) setColumns(view.columns, { [id]: width })
              }}
              onRow={(index, { isLink }) => {
                setActive(index)
                const id = idAt(index)
                if (isLink || !canPanel) open(index)
                else if (id !== undefined) showPanel(id)
              }}
              onSelect={(index, isRange) => selecting.toggle(index, isRange)}
              onSelectPage={selecting.page}
              onHover={(index) => prefetch(index)}
            />
          </div>
          <Bar
            scroll={scroll}
            count={rows.count}
            isStale={rows.isStale}
            isAsking={isAsking}
            setAsking={setAsking}
            onJump={(row) => {
              scroll.jump(row)
              setActive(row)
            }}
          >
            {hasError && !isFailed && (
              <Button size="compact-xs" color="red.9" variant="light" onClick={rows.refetch}>
                {t`Rows are missing – try again`}
              </Button>
            )}
            {changes > 0 && (
              <Button size="compact-xs" variant="light" onClick={rows.refetch}>
                {t`${changes} changed – show`}
              </Button>
            )}
          </Bar>
          {selection.count > 0 && <SelectionBar list={list} query={view.query} selection={selection} total={count} onDone={rows.refetch} />}
        </div>
        {canPanel && view.panel !== undefined && list.panel && (
          <Panel
            id={view.panel}
            content={list.panel}
            address={list.address(view.panel)}
            onOpen={() => open(active)}
            onClose={() => showPanel(undefined)}
          />
        )}
      </div>
      {isHelpOpen && (
        <Suspense>
          <HelpDialog onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </Page>
  )
}
