import { Trans, useLingui } from '@lingui/react/macro'
import { NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useSubmit } from '../../lib/act.ts'
import { isLanguage, languages } from '../../lib/languages.ts'
import { roleName, roles } from '../../lib/words.ts'
import { FormDialog } from '../FormDialog.tsx'

/** @param isTechnical a reseller's own account, all of whose users are Administrators */
export default function InviteDialog({ clientId, isTechnical, onClose }: { clientId: number; isTechnical: boolean; onClose(): void }) {
  const { t, i18n } = useLingui()
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [role, setRole] = useState(isTechnical ? '1' : '2')
  const [lang, setLang] = useState(i18n.locale)
  const { busy, fields, rest, submit } = useSubmit(['email', 'name', 'user_role', 'lang'])
  const invite = async () => {
    const body = {
      email: email.trim(),
      client_id: clientId,
      user_role: { id: Number(role) },
      ...(isLanguage(lang) && { lang }),
      ...(name.trim() && { name: name.trim() }),
    }
    if (await submit(() => api('POST /iam/clients/invite_user', { body }), t`The invitation was mailed to ${body.email}.`)) onClose()
  }
  return (
    <FormDialog
      title={t`Invite somebody`}
      action={<Trans>Invite</Trans>}
      busy={busy}
      refusal={rest}
      noValidate
      onSubmit={invite}
      onClose={onClose}
    >
      <TextInput
        type="email"
        label={t`Email`}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={fields.email}
        autoComplete="off"
        required
        data-autofocus
      />
      <TextInput
        label={t`Name`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.name}
        autoComplete="off"
      />
      <NativeSelect
        label={t`Role`}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value)}
        error={fields.user_role}
        disabled={isTechnical}
        data={roles.map(({ id }) => ({ value: String(id), label: roleName(String(id)) }))}
      />
      <NativeSelect
        label={t`Language of mails`}
        value={lang}
        onChange={(event) => setLang(event.currentTarget.value)}
        error={fields.lang}
        data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      />
    </FormDialog>
  )
}
