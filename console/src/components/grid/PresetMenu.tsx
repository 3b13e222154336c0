/** Presets of a list: views with a name, one's own or shared, each an address. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Menu } from '@mantine/core'
import { CheckIcon } from '@radix-ui/react-icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { api, query } from '../../api/client.ts'
import { useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import type { ListPreferences } from '../../lib/preferences.ts'
import { toast } from '../../lib/toast.ts'
import { confirm } from '../confirm.tsx'
import type { List } from './definition.ts'
import { PresetDialog } from './PresetDialog.tsx'
import type { Preset, View } from './useView.ts'
import '../../mantine.overlays.css.ts'

interface Props<Row> {
  list: List<Row>
  view: View
  columns: readonly string[]
  keep(changes: ListPreferences): void
  onClose(): void
  /** The button, which the open menu stands below. */
  children: ReactElement
}

const MOST = 200

export default function PresetMenu<Row>({ list, view, columns, keep, onClose, children }: Props<Row>) {
  const { t } = useLingui()
  const { user_id, kind } = useCaller()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { data, error } = useQuery(query('GET /reeve/presets', { query: { list: list.name, limit: MOST } }))
  const [isSaving, setSaving] = useState(false)
  const { preset } = view
  const isOwn = preset?.owner.id === user_id
  const show = (search: Record<string, string>) => navigate({ to: '.', search })
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['GET /reeve/presets'] }),
      queries.invalidateQueries({ queryKey: ['GET /reeve/presets/{presetId}'] }),
    ])
  const attempt = async (act: () => Promise<unknown>, done: string) => {
    onClose()
    try {
      await act()
      await refresh()
      toast(done)
    } catch (error) {
      toast(explain(error), { kind: 'failed' })
    }
  }
  const update = async ({ id }: Preset) => {
    await api('PATCH /reeve/presets/{presetId}', { path: { presetId: id }, body: { query: view.address, columns: [...columns] } })
    await show({ preset: String(id) })
  }
  const remove = async ({ id, name, is_default }: Preset) => {
    onClose()
    if (
      !(await confirm({
        title: t`Delete the preset ${name}?`,
        text: t`Whoever opens its address sees the whole list.`,
        confirm: t`Delete`,
        danger: true,
      }))
    )
      return
    await attempt(async () => {
      await api('DELETE /reeve/presets/{presetId}', { path: { presetId: id } })
      if (is_default) keep({ preset: null })
      await show(Object.fromEntries(new URLSearchParams(view.address)))
    }, t`Preset deleted`)
  }
  if (isSaving)
    return (
      <>
        {children}
        <PresetDialog
          onClose={onClose}
          onSave={async (name, shared) => {
            const { id } = await api('POST /reeve/presets', {
              body: { list: list.name, name, query: view.address, columns: [...columns], shared },
            })
            await refresh()
            await show({ preset: String(id) })
            toast(t`Preset saved`)
          }}
        />
      </>
    )
  const presets = data?.results ?? []
  const item = (one: Preset) => (
    <Menu.Item
      key={one.id}
      leftSection={one.id === preset?.id ? <CheckIcon /> : <span />}
      rightSection={one.is_default ? <small>{t`Opens first`}</small> : undefined}
      onClick={() => {
        onClose()
        void show({ preset: String(one.id) })
      }}
    >
      <bdi>{one.name}</bdi>
    </Menu.Item>
  )
  const mine = presets.filter(({ owner }) => owner.id === user_id)
  const others = presets.filter(({ owner }) => owner.id !== user_id)
  return (
    <Menu opened onClose={onClose} position="bottom-end" width={280} withinPortal>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={preset ? <span /> : <CheckIcon />}
          onClick={() => {
            onClose()
            void show(list.defaults)
          }}
        >
          <Trans>The whole list</Trans>
        </Menu.Item>
        {mine.length > 0 && <Menu.Label>{t`My presets`}</Menu.Label>}
        {mine.map(item)}
        {others.length > 0 && <Menu.Label>{t`Shared by others`}</Menu.Label>}
        {others.map(item)}
        {error && <Menu.Label>{explain(error)}</Menu.Label>}
        <Menu.Divider />
        <Menu.Item closeMenuOnClick={false} onClick={() => setSaving(true)}>
          <Trans>Save this view as a preset…</Trans>
        </Menu.Item>
        {preset && view.isChanged && (isOwn || kind !== 'seller') && (
          <Menu.Item onClick={() => attempt(() => update(preset), t`Preset saved`)}>{t`Save the changes to ${preset.name}`}</Menu.Item>
        )}
        {preset && (
          <Menu.Item
            onClick={() =>
              attempt(
                async () => keep({ preset: preset.is_default ? null : preset.id }),
                preset.is_default ? t`The whole list opens first` : t`${preset.name} opens first`,
              )
            }
          >
            {preset.is_default ? t`No longer open it first` : t`Open it first`}
          </Menu.Item>
        )}
        {preset && isOwn && (
          <Menu.Item
            onClick={() =>
              attempt(
                () => api('PATCH /reeve/presets/{presetId}', { path: { presetId: preset.id }, body: { shared: !preset.shared } }),
                preset.shared ? t`Only you see the preset now` : t`All staff see the preset now`,
              )
            }
          >
            {preset.shared ? t`Stop sharing it` : t`Share it with all staff`}
          </Menu.Item>
        )}
        {preset && (isOwn || kind !== 'seller') && (
          <Menu.Item color="red.9" onClick={() => remove(preset)}>{t`Delete ${preset.name}`}</Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
