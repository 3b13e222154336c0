/** The products that accounts have by default, and the reset of accounts that have settings of their own. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox, Group, Skeleton, Stack, Switch } from '@mantine/core'
import '@mantine/core/styles/Switch.css'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { ProductAvailability } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { productName } from '../../lib/words.ts'

const defaults = query('GET /iam/products/availability/defaults', {})
type Product = ProductAvailability['product_name']

export default function AvailabilityPage() {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(defaults)
  return (
    <Page title={t`Products`} text={t`What accounts can use if nothing else is set for them.`}>
      {error && !data ? (
        <ErrorState error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton height={260} />
      ) : (
        <>
          <Defaults products={data} />
          <Reset products={data} />
        </>
      )}
    </Page>
  )
}

function Defaults({ products }: { products: readonly ProductAvailability[] }) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const [refused, setRefused] = useState<{ product: Product; why: string }>()
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (body: ProductAvailability) => api('PATCH /iam/products/availability/defaults', { body }),
    onSuccess: ({ product_name, available }) => {
      setRefused(undefined)
      const name = productName(product_name)
      toast(available ? t`${name} is available by default` : t`${name} is no longer available by default`)
      return queries.invalidateQueries({ queryKey: defaults.queryKey })
    },
    onError: (error, { product_name }) => setRefused({ product: product_name, why: explain(error) }),
  })
  return (
    <Section title={t`Available by default`} text={t`Applies to every account without a setting of its own, from now on.`}>
      <Stack>
        {products.map(({ product_name, available }) => (
          <div key={product_name}>
            <Switch
              label={productName(product_name)}
              checked={isPending && variables.product_name === product_name ? variables.available : available}
              disabled={isPending}
              error={refused?.product === product_name ? refused.why : undefined}
              onChange={({ currentTarget }) => mutate({ product_name, available: currentTarget.checked })}
            />
            {refused?.product === product_name && (
              <Link to="/clients" search={{ [product_name.toLowerCase()]: 'active', deleted: 'false' }}>
                <Trans>Accounts that use it</Trans>
              </Link>
            )}
          </div>
        ))}
      </Stack>
    </Section>
  )
}

function Reset({ products }: { products: readonly ProductAvailability[] }) {
  const { t } = useLingui()
  const [chosen, setChosen] = useState<readonly Product[]>([])
  const names = chosen.map(productName).join(', ')
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => api('DELETE /iam/products/availability/clients', { body: { product_names: [...chosen] } }),
    onSuccess: () => {
      toast(t`All accounts follow the default again: ${names}`)
      setChosen([])
    },
  })
  const ask = async () => {
    const sure = await confirm({
      title: t`Reset all accounts?`,
      text: t`Accounts lose their own settings for ${names} and follow the default. This cannot be undone.`,
      confirm: t`Reset`,
      danger: true,
    })
    if (sure) mutate()
  }
  return (
    <Section
      title={t`Reset all accounts to the defaults`}
      text={t`Removes the settings that single accounts have for a product. It is refused where a product would be taken from an account that uses it.`}
    >
      <Stack>
        <Checkbox.Group value={[...chosen]} onChange={(values) => setChosen(values as Product[])} label={t`Products to reset`}>
          <Group mt="xs">
            {products.map(({ product_name }) => (
              <Checkbox key={product_name} value={product_name} label={productName(product_name)} />
            ))}
          </Group>
        </Checkbox.Group>
        {error && <Notice tone="bad">{explain(error)}</Notice>}
        <Group>
          <Button color="red.9" disabled={chosen.length === 0} loading={isPending} onClick={ask}>
            {t`Reset all accounts`}
          </Button>
        </Group>
      </Stack>
    </Section>
  )
}
