import { Trans, useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import type { ListedSeller } from '../../api/types.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { Notice } from '../../components/Notice.tsx'
import { useSubmit } from '../../lib/act.ts'

/** @param seller the one to change; without, one is invited */
export default function SellerDialog({ seller, onClose }: { seller: ListedSeller | undefined; onClose(): void }) {
  const { t } = useLingui()
  const [name, setName] = useState(seller?.full_name ?? '')
  const [email, setEmail] = useState(seller?.email ?? '')
  const [phone, setPhone] = useState(seller?.phone ?? '')
  const { busy, fields, rest, submit } = useSubmit(['full_name', 'email', 'phone'])
  const save = async () => {
    const body = { full_name: name.trim(), email: email.trim(), phone: phone.trim() }
    const saved = seller
      ? submit(() => api('PATCH /iam/admin/sellers/{sellerId}', { path: { sellerId: seller.id }, body }), t`Saved`)
      : submit(() => api('POST /iam/admin/sellers', { body }), t`The invitation was mailed to ${body.email}.`)
    if (await saved) onClose()
  }
  const moves = seller !== undefined && email.trim() !== seller.email
  return (
    <FormDialog
      title={seller ? <bdi>{seller.full_name || seller.email}</bdi> : t`Invite a seller`}
      action={seller ? <Trans>Save</Trans> : <Trans>Invite</Trans>}
      busy={busy}
      refusal={rest}
      noValidate
      onSubmit={save}
      onClose={onClose}
    >
      <TextInput
        label={t`Name`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.full_name}
        autoComplete="off"
        required
        data-autofocus
      />
      <TextInput
        type="email"
        label={t`Email`}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={fields.email}
        autoComplete="off"
        required
      />
      <TextInput
        type="tel"
        label={t`Phone`}
        value={phone}
        onChange={(event) => setPhone(event.currentTarget.value)}
        error={fields.phone}
        autoComplete="off"
      />
      {!seller && (
        <Notice>
          <Trans>They get a mail with a link to set a password. It works once, within 24 hours.</Trans>
        </Notice>
      )}
      {moves && (
        <Notice tone="warn">
          <Trans>A new email ends their sessions, and the old address is told. No link to a new password can be mailed for 72 hours.</Trans>
        </Notice>
      )}
    </FormDialog>
  )
}
