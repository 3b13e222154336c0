/** A reseller's numbers, each with a link to what it counts, and what can be done with it. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api, query } from '../../api/client.ts'
import { confirm } from '../../components/confirm.tsx'
import { Fact, Facts } from '../../components/Fact.tsx'
import { Notice } from '../../components/Notice.tsx'
import { useAct } from '../../lib/act.ts'
import { explain } from '../../lib/explain.ts'
import { number } from '../../lib/format.ts'
import styles from './resellers.module.css'
import type { Reseller } from './resellers.page.tsx'

export function ResellerDetail({ reseller, onRename }: { reseller: Reseller; onRename(): void }) {
  const { t } = useLingui()
  const { busy, act } = useAct()
  const { id, name, deleted, is_platform } = reseller
  const change = (now: boolean) =>
    act(
      () => api('PATCH /reeve/resellers/{resellerId}', { path: { resellerId: id }, body: { deleted: now } }),
      now ? t`Deleted` : t`Restored`,
    )
  const remove = async () => {
    const sure = await confirm({
      title: t`Delete ${name}?`,
      text: t`Its users and those of its accounts can no longer sign in or use the API. Nothing is removed, so it can be restored.`,
      confirm: t`Delete`,
      danger: true,
    })
    if (sure) await change(true)
  }
  return (
    <div className={styles.detail}>
      <Numbers id={id} />
      <Group gap="xs">
        <Button size="compact-sm" variant="default" onClick={onRename}>
          <Trans>Rename</Trans>
        </Button>
        {deleted ? (
          <Button size="compact-sm" variant="default" loading={busy} onClick={() => change(false)}>
            <Trans>Restore</Trans>
          </Button>
        ) : (
          !is_platform && (
            <Button size="compact-sm" color="red.9" loading={busy} onClick={remove}>
              <Trans>Delete</Trans>
            </Button>
          )
        )}
      </Group>
    </div>
  )
}

function Numbers({ id }: { id: number }) {
  const { t } = useLingui()
  const { data, error } = useQuery(query('GET /reeve/statistics', { query: { reseller_id: id } }))
  if (error) return <Notice tone="warn">{explain(error)}</Notice>
  if (!data) return <Skeleton height={44} />
  const { accounts, sign_ins_by_day, users, mails } = data
  const sum = (of: 'successful' | 'failed') => number(sign_ins_by_day.reduce((total, day) => total + day[of], 0))
  const of = { reseller_id: String(id) }
  return (
    <Facts>
      <Fact term={t`Accounts`}>
        <Link to="/clients" search={{ ...of, deleted: 'false' }}>
          {number(accounts.total)}
        </Link>
      </Fact>
      <Fact term={t`Users, deleted ones included`}>{number(users)}</Fact>
      <Fact term={t`Sign-ins in 30 days`}>{sum('successful')}</Fact>
      <Fact term={t`Failed attempts in 30 days`}>{sum('failed')}</Fact>
      {mails && (
        <Fact term={t`Emails that could not be sent`}>
          <Link to="/outbox" search={{ ...of, state: 'dead' }}>
            {number(mails.failed)}
          </Link>
        </Fact>
      )}
    </Facts>
  )
}
