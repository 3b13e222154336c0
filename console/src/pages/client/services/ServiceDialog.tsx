/** Changes a service, saying beforehand what the change does. */
import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Checkbox, Radio, Stack, TextInput } from '@mantine/core'
import '@mantine/core/styles/Radio.css'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import type { Service } from '../../../api/types.ts'
import { FormDialog } from '../../../components/FormDialog.tsx'
import { Notice } from '../../../components/Notice.tsx'
import { Time } from '../../../components/Time.tsx'
import { useSubmit } from '../../../lib/act.ts'
import { productName, type ServiceStatus, statusName } from '../../../lib/words.ts'
import { dayOf, inUse, optionOf, transitions } from './rules.ts'
import { LONGEST, mails } from './server-rules.ts'

interface Props {
  service: Service
  clientId: number
  isOffered: boolean
  onClose(): void
}

export default function ServiceDialog({ service, clientId, isOffered, onClose }: Props) {
  const { t } = useLingui()
  const [status, setStatus] = useState(service.status)
  const [enabled, setEnabled] = useState(service.enabled)
  const [days, setDays] = useState<string>()
  const { busy, fields, rest, submit } = useSubmit(['status', 'enabled', 'value'])
  const timed = optionOf(service, status)
  const wantedDays = days ?? (timed && String(timed.days)) ?? ''
  const product = productName(service.name)
  const moves = status !== service.status

  const save = async () => {
    const daysChange = timed && wantedDays !== String(timed.days)
    const body = {
      status,
      ...(enabled !== service.enabled && { enabled }),
      ...(daysChange && { status_transition_options: [{ ...timed.option, value: wantedDays }] }),
    }
    const done = moves ? t`${product}: ${statusName(status)}` : t`Saved`
    const path = { clientId, serviceId: service.id }
    if (await submit(() => api('PUT /iam/clients/{clientId}/services/{serviceId}', { path, body }), done)) onClose()
  }
  return (
    <FormDialog
      title={product}
      action={<Trans>Save</Trans>}
      busy={busy}
      refusal={rest}
      noValidate
      danger={status === 'deleted' && moves}
      onSubmit={save}
      onClose={onClose}
    >
      <Radio.Group
        label={t`Status`}
        description={t`Statuses that cannot follow from here are not listed.`}
        value={status}
        error={fields.status}
        onChange={(next) => {
          setStatus(next as ServiceStatus)
          setDays(undefined)
        }}
      >
        <Stack gap="xs" mt="xs">
          {[service.status, ...transitions[service.status]].map((one, index) => {
            const impossible = !isOffered && inUse.includes(one) && one !== service.status
            return (
              <Radio
                color="var(--mantine-primary-color-filled)"
                key={one}
                value={one}
                disabled={impossible}
                label={one === service.status ? t`${statusName(one)} (now)` : statusName(one)}
                {...(impossible && { description: t`The product is not available to the account.` })}
                {...(index === 0 && { 'data-autofocus': true })}
              />
            )
          })}
        </Stack>
      </Radio.Group>
      {timed && (
        <TextInput
          type="number"
          label={status === 'trial' ? t`Length of the trial in days` : t`Days until deleted`}
          value={wantedDays}
          onChange={(event) => setDays(event.currentTarget.value)}
          error={fields.value}
          min={1}
          max={LONGEST}
          required
        />
      )}
      <Checkbox
        label={t`Shown in the account’s console`}
        checked={enabled}
        error={fields.enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
      {moves && (
        <Notice tone={status === 'deleted' ? 'warn' : 'info'}>
          <Effect service={service} status={status} days={Number(wantedDays)} />
        </Notice>
      )}
      {!moves && timed && days !== undefined && (
        <Notice>
          <NewEnd service={service} days={Number(wantedDays)} />
        </Notice>
      )}
    </FormDialog>
  )
}

/** The present status counts from when it began. */
function NewEnd({ service, days }: { service: Service; days: number }) {
  const from = service.status === 'trial' ? (service.start ?? service.status_changed_at) : service.status_changed_at
  if (!(days >= 1)) return null
  return (
    <Trans>
      It will then last until <Time at={dayOf(from, days)} />.
    </Trans>
  )
}

function Effect({ service, status, days }: { service: Service; status: ServiceStatus; days: number }) {
  const mailed = mails[status] !== undefined && <Trans>The owner of the account gets a mail.</Trans>
  const effects: Record<ServiceStatus, React.ReactNode> = {
    new: <Trans>The service begins anew.</Trans>,
    trial: (
      <Trans>
        The trial begins now and ends after <Plural value={days} one="# day" other="# days" />.
      </Trans>
    ),
    trialend: (
      <Trans>
        The trial is over. Unless it is changed before, the service is deleted after <Plural value={days} one="# day" other="# days" />.
      </Trans>
    ),
    activating: <Trans>The product is being set up. Make it active once it is.</Trans>,
    active: <Trans>The service can be used from now on, without an end.</Trans>,
    paused: (
      <Trans>
        The service stops. Unless it is changed before, it is deleted after <Plural value={days} one="# day" other="# days" />.
      </Trans>
    ),
    deleted: <Trans>The service is deleted. It can begin anew later.</Trans>,
  }
  return (
    <>
      {effects[status]} {mailed}{' '}
      {inUse.includes(service.status) !== inUse.includes(status) && <Trans>The status of the account follows.</Trans>}
    </>
  )
}
