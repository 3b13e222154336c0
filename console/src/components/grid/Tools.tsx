/** What can be done with the list as a whole: presets, how it is shown, export, help. What each opens is loaded when it is. */
import { useLingui } from '@lingui/react/macro'
import { ActionIcon, Button } from '@mantine/core'
import { BookmarkIcon, DownloadIcon, KeyboardIcon, MixerHorizontalIcon } from '@radix-ui/react-icons'
import { lazy, Suspense, useState } from 'react'
import type { ListPreferences } from '../../lib/preferences.ts'
import type { Column, List } from './definition.ts'
import styles from './ListPage.module.css'
import type { View } from './useView.ts'

const loadPresets = () => import('./PresetMenu.tsx')
const PresetMenu = lazy(loadPresets)
const loadDisplay = () => import('./DisplayDialog.tsx')
const DisplayDialog = lazy(loadDisplay)
const loadExport = () => import('./ExportDialog.tsx')
const ExportDialog = lazy(loadExport)

interface Props<Row> {
  list: List<Row>
  view: View
  count: number
  isNarrow: boolean
  columns: readonly Column<Row>[]
  setColumns(ids: readonly string[]): void
  keep(changes: ListPreferences): void
  onHelp(): void
}

export function Tools<Row>({ list, view, count, isNarrow, columns, setColumns, keep, onHelp }: Props<Row>) {
  const { t } = useLingui()
  const [open, setOpen] = useState<'presets' | 'display' | 'export'>()
  const close = () => setOpen(undefined)
  const presets = (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      className={view.preset ? styles.named : styles.quiet}
      leftSection={<BookmarkIcon />}
      aria-haspopup="menu"
      aria-expanded={open === 'presets'}
      onPointerEnter={loadPresets}
      onClick={() => setOpen(open === 'presets' ? undefined : 'presets')}
    >
      <bdi className={styles.preset}>{view.preset ? view.preset.name : t`Presets`}</bdi>
      {view.isChanged && ' *'}
    </Button>
  )
  const tool = (label: string, icon: React.ReactNode, onClick: () => void, load?: () => void) => (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={30}
      className={styles.quiet}
      aria-label={label}
      title={label}
      onPointerEnter={load}
      onClick={onClick}
    >
      {icon}
    </ActionIcon>
  )
  return (
    <div className={styles.tools}>
      {open === 'presets' ? (
        <Suspense fallback={presets}>
          <PresetMenu list={list} view={view} columns={columns.map(({ id }) => id)} keep={keep} onClose={close}>
            {presets}
          </PresetMenu>
        </Suspense>
      ) : (
        presets
      )}
      {tool(t`Columns and density`, <MixerHorizontalIcon />, () => setOpen('display'), loadDisplay)}
      {list.exports && tool(t`Export`, <DownloadIcon />, () => setOpen('export'), loadExport)}
      {!isNarrow && tool(t`Keys`, <KeyboardIcon />, onHelp)}
      {open === 'display' && (
        <Suspense>
          <DisplayDialog list={list} view={view} setColumns={setColumns} keep={keep} onClose={close} />
        </Suspense>
      )}
      {open === 'export' && list.exports && (
        <Suspense>
          <ExportDialog
            name={list.name}
            exports={list.exports}
            view={view}
            count={count}
            shown={columns.map(({ id }) => id)}
            onClose={close}
          />
        </Suspense>
      )}
    </div>
  )
}
