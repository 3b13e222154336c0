/** Which addresses are told of what: each address once, with a switch for every event. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, CloseButton, Group, Switch, TextInput } from '@mantine/core'
import '@mantine/core/styles/Switch.css'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Answer, api, query } from '../../api/client.ts'
import { confirm } from '../../components/confirm.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { useAct, useSubmit } from '../../lib/act.ts'
import { useCaller } from '../../lib/caller.ts'
import styles from './notifications.module.css'

const PATH = '/iam/reselling/resellers/{resellerId}/notification_settings'
type Setting = Answer<`GET ${typeof PATH}`>['results'][number]
type Event = Setting['notification_type']
const events: readonly Event[] = ['deletion_request', 'failed_login']

interface Recipient {
  email: string
  settings: Partial<Record<Event, Setting>>
}

/** Groups by address, in the order in which the addresses were added. */
function recipientsOf(settings: readonly Setting[]): Recipient[] {
  const found = new Map<string, Recipient>()
  for (const setting of settings) {
    const key = setting.email.toLowerCase()
    const recipient = found.get(key) ?? { email: setting.email, settings: {} }
    recipient.settings[setting.notification_type] = setting
    found.set(key, recipient)
  }
  return [...found.values()]
}

export default function NotificationsPage() {
  const { t } = useLingui()
  const { user_id } = useCaller()
  const own = useQuery(query('GET /iam/users/{userId}', { path: { userId: user_id } }))
  const resellerId = own.data?.reseller
  const list = useQuery({
    ...query(`GET ${PATH}`, { path: { resellerId: resellerId ?? 0 }, query: { limit: 1000 } }),
    enabled: resellerId !== undefined,
  })
  const error = own.error ?? list.error
  return (
    <Page title={t`Notifications`} text={t`Addresses that get an email when something happens in one of your accounts.`}>
      {error && !list.data ? (
        <ErrorState error={error} retry={() => (own.error ? own.refetch() : list.refetch())} />
      ) : !list.data || resellerId === undefined ? (
        <RowsSkeleton rows={4} />
      ) : (
        <>
          <Recipients resellerId={resellerId} recipients={recipientsOf(list.data.results)} />
          <Add resellerId={resellerId} />
        </>
      )}
    </Page>
  )
}

function useEventNames(): Record<Event, string> {
  const { t } = useLingui()
  return { deletion_request: t`Requests for deletion`, failed_login: t`Failed sign-ins` }
}

function Recipients({ resellerId, recipients }: { resellerId: number; recipients: readonly Recipient[] }) {
  const { t } = useLingui()
  const names = useEventNames()
  const { busy, act } = useAct()
  if (recipients.length === 0)
    return (
      <EmptyState
        title={t`Nobody is told yet`}
        text={t`Add an address below, for instance that of your support, to hear of accounts that want to be deleted and of failed sign-ins.`}
      />
    )
  const change = (recipient: Recipient, event: Event, enabled: boolean) => {
    const { email, settings } = recipient
    const setting = settings[event]
    return act(
      () =>
        setting
          ? api(`PATCH ${PATH}/{notificationSettingsId}`, { path: { resellerId, notificationSettingsId: setting.id }, body: { enabled } })
          : api(`POST ${PATH}`, { path: { resellerId }, body: { notification_type: event, email, enabled } }),
      enabled ? t`${email} is told: ${names[event]}` : t`${email} is no longer told: ${names[event]}`,
    )
  }
  const remove = async ({ email, settings }: Recipient) => {
    const sure = await confirm({
      title: t`Remove this address?`,
      text: t`${email} gets no more emails about your accounts.`,
      confirm: t`Remove`,
      danger: true,
    })
    if (!sure) return
    const all = Object.values(settings).map(({ id }) => id)
    await act(
      () =>
        Promise.all(
          all.map((notificationSettingsId) =>
            api(`DELETE ${PATH}/{notificationSettingsId}`, { path: { resellerId, notificationSettingsId } }),
          ),
        ),
      t`Removed`,
    )
  }
  return (
    <DataTable
      label={t`Notifications`}
      rows={recipients}
      rowKey={({ email }) => email}
      columns={[
        { id: 'email', header: t`Email`, cell: ({ email }) => <bdi>{email}</bdi> },
        ...events.map((event) => ({
          id: event,
          header: names[event],
          cell: (recipient: Recipient) => (
            <Switch
              aria-label={t`${names[event]} to ${recipient.email}`}
              checked={recipient.settings[event]?.enabled ?? false}
              disabled={busy}
              onChange={({ currentTarget }) => change(recipient, event, currentTarget.checked)}
            />
          ),
        })),
        {
          id: 'remove',
          header: <span className={styles.hidden}>{t`Remove`}</span>,
          end: true,
          cell: (recipient) => (
            <CloseButton size="sm" aria-label={t`Remove ${recipient.email}`} disabled={busy} onClick={() => remove(recipient)} />
          ),
        },
      ]}
    />
  )
}

function Add({ resellerId }: { resellerId: number }) {
  const { t } = useLingui()
  const names = useEventNames()
  const [email, setEmail] = useState('')
  const [chosen, setChosen] = useState<readonly Event[]>(events)
  const { busy, fields, rest, submit } = useSubmit(['email'])
  const add = async (event: FormEvent) => {
    event.preventDefault()
    const done = await submit(async () => {
      for (const notification_type of chosen)
        await api(`POST ${PATH}`, { path: { resellerId }, body: { notification_type, email: email.trim(), enabled: true } })
    }, t`Added`)
    if (done) setEmail('')
  }
  return (
    <div className={styles.add}>
      <Section title={t`Add an address`}>
        <form onSubmit={add} noValidate>
          <Notice tone="bad">{rest}</Notice>
          <TextInput
            label={t`Email`}
            type="email"
            autoComplete="off"
            maw={360}
            value={email}
            onChange={({ currentTarget }) => setEmail(currentTarget.value)}
            error={fields.email}
            required
          />
          <Group my="sm">
            {events.map((one) => (
              <Switch
                key={one}
                label={names[one]}
                checked={chosen.includes(one)}
                onChange={({ currentTarget }) =>
                  setChosen(currentTarget.checked ? [...chosen, one] : chosen.filter((other) => other !== one))
                }
              />
            ))}
          </Group>
          <Button type="submit" loading={busy} disabled={chosen.length === 0 || email.trim() === ''}>
            <Trans>Add</Trans>
          </Button>
        </form>
      </Section>
    </div>
  )
}
