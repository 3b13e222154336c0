import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import { Section } from '../../components/Page.tsx'
import { RowsSkeleton } from '../../components/states.tsx'
import { type Product, productName } from '../../lib/words.ts'
import styles from './create-client.module.css'

/** A product that is left alone follows the default of the reseller, later too. */
export function ProductChoice({
  chosen,
  onChange,
}: {
  chosen: ReadonlyMap<Product, boolean>
  onChange(chosen: ReadonlyMap<Product, boolean>): void
}) {
  const { t } = useLingui()
  const { data } = useQuery(query('GET /iam/products/availability/defaults', {}))
  const set = (product: Product, available: boolean | undefined) => {
    const next = new Map(chosen)
    if (available === undefined) next.delete(product)
    else next.set(product, available)
    onChange(next)
  }
  return (
    <Section title={t`Products`} text={t`What you leave alone follows your defaults, later too. Availability alone starts nothing.`}>
      {!data ? (
        <RowsSkeleton rows={2} />
      ) : (
        <div className={styles.products}>
          {data.map(({ product_name, available }) => {
            const own = chosen.get(product_name)
            const name = productName(product_name)
            return (
              <div key={product_name} className={styles.product}>
                <Checkbox
                  label={name}
                  description={own === undefined ? t`As by default` : t`For this account`}
                  checked={own ?? available}
                  onChange={(event) => set(product_name, event.currentTarget.checked)}
                />
                {own !== undefined && (
                  <Button
                    variant="subtle"
                    size="compact-xs"
                    onClick={() => set(product_name, undefined)}
                    aria-label={t`Follow the default: ${name}`}
                  >
                    <Trans>Follow the default</Trans>
                  </Button>
                )}
              </div>
            )
          })}
        </div>
      )}
    </Section>
  )
}
