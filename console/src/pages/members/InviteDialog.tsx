/** Invites somebody by email. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useCaller } from '../../lib/caller.ts'
import { explain, fieldErrors } from '../../lib/explain.ts'
import { isLanguage, languages } from '../../lib/languages.ts'
import { toast } from '../../lib/toast.ts'
import { roleName, roles } from '../../lib/words.ts'

export default function InviteDialog({ onChanged, onClose }: { onChanged(): unknown; onClose(): void }) {
  const { t, i18n } = useLingui()
  const { client_id } = useCaller()
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [lang, setLang] = useState(isLanguage(i18n.locale) ? i18n.locale : 'en')
  const [role, setRole] = useState('Users')
  const address = email.trim()

  /** The account shows nothing about somebody who has another account until they accept, so the id is known only here. */
  const withdraw = async (userId: number) => {
    try {
      await api('DELETE /iam/clients/{clientId}/client-users/{userId}', { path: { clientId: client_id, userId } })
      toast(t`The invitation is withdrawn.`)
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
    }
    await onChanged()
  }
  const invite = useMutation({
    mutationFn: () =>
      api('POST /iam/clients/invite_user', {
        body: { email: address, user_role: { name: role }, client_id, lang, name: name.trim() || null },
      }),
    onSuccess: async ({ user_id }) => {
      toast(t`An invitation is on its way to ${address}.`, { action: { label: t`Withdraw`, run: () => withdraw(user_id) } })
      await onChanged()
      onClose()
    },
  })
  const renew = useMutation({
    mutationFn: () => api('POST /iam/auth/renew_invitation', { body: { email: address } }),
    onSuccess: () => {
      toast(t`The invitation is sent again. The link works for 24 hours.`)
      onClose()
    },
  })
  const { fields, rest } = fieldErrors(invite.error, ['email', 'name', 'lang', 'user_role'])
  const invitedBefore = invite.error instanceof ApiError && invite.error.code === 'already_invited'
  const refusal = (rest || renew.error) && (
    <>
      {renew.error ? explain(renew.error) : rest}{' '}
      {invitedBefore && !renew.error && (
        <Button size="compact-sm" variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>
          <Trans>Send again</Trans>
        </Button>
      )}
    </>
  )
  return (
    <FormDialog
      title={t`Invite`}
      action={<Trans>Invite</Trans>}
      busy={invite.isPending}
      refusal={refusal}
      closeOnClickOutside={false}
      onSubmit={() => invite.mutate()}
      onClose={onClose}
    >
      <span>
        <Trans>
          The link in the email works once, for 24 hours. Who has an account here already joins by accepting, and appears in the list only
          then.
        </Trans>
      </span>
      <TextInput
        label={t`Email`}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={fields.email}
        maxLength={254}
        data-autofocus
        required
      />
      <TextInput
        label={t`Name`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.name}
        maxLength={255}
      />
      <NativeSelect
        label={t`Role`}
        description={role === 'Administrators' ? t`Administrators manage people, tokens and the account itself.` : undefined}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value)}
        error={fields.user_role}
        data={roles.map(({ name: value }) => ({ value, label: roleName(value) }))}
      />
      <NativeSelect
        label={t`Language`}
        description={t`Of the invitation and of the emails that follow.`}
        value={lang}
        onChange={({ currentTarget: { value } }) => isLanguage(value) && setLang(value)}
        error={fields.lang}
        data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      />
    </FormDialog>
  )
}
