/** The secret as a QR code and as text, and the first code that proves that it arrived. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Skeleton, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, lazy, Suspense, useState } from 'react'
import { api } from '../../api/client.ts'
import type { TotpSecret } from '../../api/types.ts'
import { Copyable } from '../../components/Copyable.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { fieldErrors } from '../../lib/explain.ts'
import styles from './profile.module.css'

const QrCode = lazy(() => import('./QrCode.tsx'))

interface Props {
  secret: TotpSecret
  onConfirmed(backupCodes: string[]): unknown
  onCancel(): void
}

export function Enrolment({ secret: { secret, uri }, onConfirmed, onCancel }: Props) {
  const { t } = useLingui()
  const [code, setCode] = useState('')
  const confirm = useMutation({
    mutationFn: () => api('POST /reeve/users/me/totp/confirm', { body: { one_time_password: code.replace(/\s/g, '') } }),
    onSuccess: ({ backup_codes }) => onConfirmed(backup_codes),
  })
  const { fields, rest } = fieldErrors(confirm.error, ['one_time_password'])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    confirm.mutate()
  }
  return (
    <Section title={t`Set up two-step verification`} text={<Trans>Your other sessions end when you are done.</Trans>}>
      <form onSubmit={submit}>
        <ol className={styles.steps}>
          <li>
            <Trans>Scan this with your authenticator app.</Trans>
            <Suspense fallback={<Skeleton width={192} height={192} />}>
              <QrCode text={uri} label={t`QR code for your authenticator app`} />
            </Suspense>
          </li>
          <li>
            <Trans>Or type in this key:</Trans>
            <Copyable value={secret} label={t`Key`} />
          </li>
          <li>
            <TextInput
              label={t`Enter the code that the app shows`}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              error={fields.one_time_password}
              autoComplete="one-time-code"
              inputMode="numeric"
              maw={220}
              required
            />
          </li>
        </ol>
        <Stack align="flex-start">
          <Notice tone="bad">{rest}</Notice>
          <Group>
            <Button type="submit" loading={confirm.isPending}>
              <Trans>Switch on</Trans>
            </Button>
            <Button variant="default" onClick={onCancel}>
              <Trans>Cancel</Trans>
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
