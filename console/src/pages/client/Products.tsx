/** Which products the account can use, and whether that follows the reseller's default or is a setting of its own. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import { confirm } from '../../components/confirm.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { useAct } from '../../lib/act.ts'
import { useCaller } from '../../lib/caller.ts'
import { type Product, productName, statusName } from '../../lib/words.ts'
import type { Account } from './account.ts'
import styles from './client.module.css'
import { inUse } from './services/rules.ts'

export default function Products({ account }: { account: Account }) {
  const { t } = useLingui()
  const caller = useCaller()
  const path = { clientId: account.id }
  const { data, error, refetch } = useQuery(query('GET /iam/products/availability/clients/{clientId}', { path }))
  // Defaults are answered for one's own reseller alone.
  const { data: defaults } = useQuery({ ...query('GET /iam/products/availability/defaults', {}), enabled: caller.kind !== 'platform' })
  const { busy, act } = useAct()
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <RowsSkeleton rows={6} />

  const personal = new Map(account.details.personal_availability.map(({ product_name, available }) => [product_name, available]))
  const set = (product: Product, available: boolean) => {
    const name = productName(product)
    return act(
      () => api('PATCH /iam/products/availability/clients/{clientId}', { path, body: { product_name: product, available } }),
      available ? t`${name} is available to the account.` : t`${name} is no longer available to the account.`,
    )
  }
  const reset = async (products: Product[]) => {
    if (products.length > 1) {
      const yes = await confirm({
        title: t`Reset to the defaults?`,
        text: t`All products follow the defaults of the reseller again.`,
        confirm: t`Reset`,
      })
      if (!yes) return
    }
    await act(
      () => api('DELETE /iam/products/availability/clients/{clientId}', { path, body: { product_names: products } }),
      t`The defaults apply again.`,
    )
  }
  const why = (product: Product) => {
    if (!personal.has(product)) return t`Follows the default of the reseller`
    const byDefault = defaults?.find(({ product_name }) => product_name === product)?.available
    if (byDefault === undefined) return t`Set for this account`
    return byDefault ? t`Set for this account; available by default` : t`Set for this account; not available by default`
  }
  return (
    <Section
      title={t`Available products`}
      text={t`Availability alone starts nothing: a service does, once it is on trial or active.`}
      actions={
        account.mayChange &&
        personal.size > 0 && (
          <Button variant="default" size="compact-sm" loading={busy} onClick={() => reset([...personal.keys()])}>
            <Trans>Reset to the defaults</Trans>
          </Button>
        )
      }
    >
      <ul className={styles.list}>
        {data.map(({ product_name, available }) => {
          const status = account.serviceStatuses[product_name]?.status
          const isUsed = status !== undefined && inUse.includes(status)
          const name = productName(product_name)
          return (
            <li key={product_name} className={styles.row}>
              <span className={styles.what}>
                <b>{name}</b> <Status tone={available ? 'good' : 'quiet'}>{available ? t`Available` : t`Not available`}</Status>
                <small>
                  {why(product_name)}
                  {available && isUsed && <> · {t`cannot be taken away while its service is in use (${statusName(status)})`}</>}
                </small>
              </span>
              {account.mayChange && (
                <span className={styles.end}>
                  {personal.has(product_name) && (
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      disabled={busy}
                      onClick={() => reset([product_name])}
                      aria-label={t`Follow the default: ${name}`}
                    >
                      <Trans>Follow the default</Trans>
                    </Button>
                  )}
                  <Button
                    variant="default"
                    size="compact-sm"
                    disabled={busy || (available && isUsed)}
                    onClick={() => set(product_name, !available)}
                    aria-label={available ? t`Take away ${name}` : t`Make ${name} available`}
                  >
                    {available ? <Trans>Take away</Trans> : <Trans>Make available</Trans>}
                  </Button>
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
