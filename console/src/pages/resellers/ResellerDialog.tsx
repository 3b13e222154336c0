/** Creates a reseller, or renames one. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import { Dialog } from '../../components/Dialog.tsx'
import { Notice } from '../../components/Notice.tsx'
import { useSubmit } from '../../lib/act.ts'
import type { Reseller } from './resellers.page.tsx'

export default function ResellerDialog({ reseller, onClose }: { reseller: Reseller | undefined; onClose(): void }) {
  const { t } = useLingui()
  const [name, setName] = useState(reseller?.name ?? '')
  const [email, setEmail] = useState('')
  const { busy, fields, rest, submit } = useSubmit(['name', 'email'])
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const done = await submit(
      () =>
        reseller
          ? api('PATCH /reeve/resellers/{resellerId}', { path: { resellerId: reseller.id }, body: { name } })
          : api('POST /reeve/resellers', { body: { name, email: email.trim() } }),
      reseller ? t`Saved` : t`The reseller was created; ${email} gets a link to set a password`,
    )
    if (done) onClose()
  }
  return (
    <Dialog opened onClose={onClose} title={reseller ? t`Rename ${reseller.name}` : t`Create reseller`}>
      <form onSubmit={save} noValidate>
        <Stack>
          <Notice tone="bad">{rest}</Notice>
          <TextInput
            label={t`Name`}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            error={fields.name}
            required
            data-autofocus
          />
          {!reseller && (
            <TextInput
              label={t`Email`}
              description={t`Its first user, who gets a link to set a password. The link works for 24 hours.`}
              type="email"
              value={email}
              onChange={({ currentTarget }) => setEmail(currentTarget.value)}
              error={fields.email}
              required
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={busy}>
              {reseller ? t`Save` : t`Create`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
