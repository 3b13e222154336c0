/** Features the account has, free and paid, with the catalogue to add from. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, query } from '../../api/client.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useAct } from '../../lib/act.ts'
import { productName } from '../../lib/words.ts'
import type { Account } from './account.ts'
import styles from './client.module.css'

interface Row {
  featureId: number
  enabledId: number
  isFree: boolean
  service: string
  name: string
  since: string
}

function enabledFeatures({ freeFeatures, paidFeatures }: Account): Row[] {
  const free = Object.values(freeFeatures).flatMap((all) => all.map((one) => ({ ...one, isFree: true, enabledId: one.free_feature_id })))
  const paid = Object.values(paidFeatures).flatMap((all) => all.map((one) => ({ ...one, isFree: false, enabledId: one.paid_feature_id })))
  return [...free, ...paid]
    .map(({ feature_id, enabledId, isFree, service, name, create_date }) => ({
      featureId: feature_id,
      enabledId,
      isFree,
      service,
      name,
      since: create_date,
    }))
    .sort((a, b) => a.service.localeCompare(b.service) || a.name.localeCompare(b.name))
}

export default function Features({ account }: { account: Account }) {
  const { t } = useLingui()
  const { data: catalogue = [] } = useQuery({ ...query('GET /iam/admin/feature', {}), enabled: account.mayChange })
  const [chosen, setChosen] = useState('')
  const { busy, act } = useAct()
  const rows = enabledFeatures(account)
  const left = catalogue.filter(({ id }) => !rows.some(({ featureId }) => featureId === id))

  const add = async (event: FormEvent) => {
    event.preventDefault()
    const feature = left.find(({ id }) => String(id) === chosen)
    if (!feature) return
    const body = { client_id: account.id, feature_id: feature.id }
    const done = await act(
      () => (feature.is_free ? api('POST /iam/admin/free_features', { body }) : api('POST /iam/admin/paid_features', { body })),
      t`${feature.name} is enabled.`,
    )
    if (done) setChosen('')
  }
  const remove = ({ enabledId, isFree, name, featureId }: Row) => {
    const path = { activatedFeatureId: enabledId }
    void act(
      () =>
        isFree
          ? api('DELETE /iam/admin/free_features/{activatedFeatureId}', { path })
          : api('DELETE /iam/admin/paid_features/{activatedFeatureId}', { path }),
      t`${name} is disabled.`,
    ).then((done) => done && setChosen(String(featureId)))
  }
  const columns: Column<Row>[] = [
    { id: 'name', header: t`Feature`, cell: ({ name }) => name },
    { id: 'service', header: t`Product`, cell: ({ service }) => productName(service) },
    {
      id: 'kind',
      header: t`Kind`,
      cell: ({ isFree }) => <Status tone={isFree ? 'quiet' : 'info'}>{isFree ? t`Free` : t`Paid`}</Status>,
    },
    { id: 'since', header: t`Since`, cell: ({ since }) => <Time at={since} />, minor: true },
    {
      id: 'remove',
      header: t`Change`,
      end: true,
      cell: (row) =>
        account.mayChange && (
          <Button variant="default" size="compact-sm" disabled={busy} onClick={() => remove(row)} aria-label={t`Disable ${row.name}`}>
            <Trans>Disable</Trans>
          </Button>
        ),
    },
  ]
  return (
    <Section title={t`Enabled features`}>
      {account.mayChange && (
        <form className={styles.end} onSubmit={add}>
          <NativeSelect
            aria-label={t`Feature to enable`}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={[
              { value: '', label: t`Choose a feature` },
              ...left.map(({ id, name, service, is_free }) => ({
                value: String(id),
                label: `${productName(service)} · ${name} · ${is_free ? t`Free` : t`Paid`}`,
              })),
            ]}
          />
          <Button type="submit" disabled={chosen === ''} loading={busy}>
            <Trans>Enable</Trans>
          </Button>
        </form>
      )}
      {rows.length === 0 ? (
        <EmptyState title={t`No features`} text={t`Choose one of the catalogue to enable it for this account.`} />
      ) : (
        <DataTable label={t`Enabled features`} columns={columns} rows={rows} rowKey={({ featureId }) => featureId} />
      )}
    </Section>
  )
}
