/** Which columns are shown and in which order, how dense the rows are, and what they are ordered by. */
import { useLingui } from '@lingui/react/macro'
import { ActionIcon, Button, Group, Stack } from '@mantine/core'
import { ArrowDownIcon, ArrowUpIcon } from '@radix-ui/react-icons'
import type { Density, ListPreferences } from '../../lib/preferences.ts'
import { Dialog } from '../Dialog.tsx'
import styles from './DisplayDialog.module.css'
import type { List } from './definition.ts'
import { orderingOf, type View } from './useView.ts'

interface Props<Row> {
  list: List<Row>
  view: View
  setColumns(ids: readonly string[]): void
  keep(changes: ListPreferences): void
  onClose(): void
}

export default function DisplayDialog<Row>({ list, view, setColumns, keep, onClose }: Props<Row>) {
  const { t } = useLingui()
  const densities: Record<Density, string> = { compact: t`Compact`, standard: t`Standard`, comfortable: t`Comfortable` }
  const shown = view.columns
  const label = (id: string) => list.columns.find((column) => column.id === id)?.label ?? id
  const hidden = list.columns.map(({ id }) => id).filter((id) => !shown.includes(id))
  const move = (id: string, by: number) => {
    const next = shown.filter((one) => one !== id)
    next.splice(shown.indexOf(id) + by, 0, id)
    setColumns(next)
  }
  const [order] = view.orders
  const setOrder = (field: string, descends: boolean) =>
    view.change({
      ordering: field === '' ? undefined : orderingOf([{ field, descends }, ...view.orders.slice(1).filter((one) => one.field !== field)]),
    })
  return (
    <Dialog opened onClose={onClose} title={t`Columns and density`}>
      <Stack gap="lg">
        <fieldset className={styles.set}>
          <legend>{t`Density`}</legend>
          <Group gap="md">
            {(Object.keys(densities) as Density[]).map((density) => (
              <label key={density} className={styles.choice}>
                <input
                  type="radio"
                  name="density"
                  checked={view.density === density}
                  onChange={() => {
                    keep({ density })
                    view.change({ density }, true)
                  }}
                />
                {densities[density]}
              </label>
            ))}
          </Group>
        </fieldset>
        <fieldset className={styles.set}>
          <legend>{t`Ordered by`}</legend>
          <Group gap="md">
            <select
              className={styles.select}
              aria-label={t`Ordered by`}
              value={order?.field ?? ''}
              onChange={({ currentTarget: { value } }) => setOrder(value, order?.descends ?? false)}
            >
              <option value="">{t`As it comes`}</option>
              {list.columns.map(
                ({ id, sort, label }) =>
                  sort && (
                    <option key={id} value={sort}>
                      {label}
                    </option>
                  ),
              )}
            </select>
            <label className={styles.choice}>
              <input
                type="checkbox"
                checked={order?.descends ?? false}
                disabled={!order}
                onChange={({ currentTarget: { checked } }) => order && setOrder(order.field, checked)}
              />
              {t`Descending`}
            </label>
          </Group>
        </fieldset>
        <fieldset className={styles.set}>
          <legend>{t`Columns`}</legend>
          <ul className={styles.columns}>
            {shown.map((id, index) => (
              <li key={id}>
                <label className={styles.choice}>
                  <input
                    type="checkbox"
                    checked
                    disabled={shown.length === 1}
                    onChange={() => setColumns(shown.filter((one) => one !== id))}
                  />
                  {label(id)}
                </label>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t`Move ${label(id)} up`}
                  disabled={index === 0}
                  onClick={() => move(id, -1)}
                >
                  <ArrowUpIcon />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t`Move ${label(id)} down`}
                  disabled={index === shown.length - 1}
                  onClick={() => move(id, 1)}
                >
                  <ArrowDownIcon />
                </ActionIcon>
              </li>
            ))}
            {hidden.map((id) => (
              <li key={id}>
                <label className={styles.choice}>
                  <input type="checkbox" checked={false} onChange={() => setColumns([...shown, id])} />
                  {label(id)}
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
        <Group justify="space-between">
          <Button
            variant="default"
            onClick={() => {
              keep({ columns: list.usual.map((name) => ({ name })), density: 'standard' })
              view.change({ columns: undefined, density: undefined }, true)
            }}
          >
            {t`Reset`}
          </Button>
          <Button onClick={onClose}>{t`Done`}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
