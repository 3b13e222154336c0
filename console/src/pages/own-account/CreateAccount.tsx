import { Trans, useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { changeSession } from '../../api/session.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { explain, fieldErrors } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'

export default function CreateAccount({ onClose }: { onClose(): void }) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const [company, setCompany] = useState('')
  const create = useMutation({
    mutationFn: () => api('POST /iam/clients/create', { body: { company: company.trim() } }),
    onSuccess: async ({ id, company: name }) => {
      const run = () =>
        void changeSession('/reeve/session/account', { client_id: id }).catch((failure) => toast(explain(failure), { kind: 'failed' }))
      toast(t`The account ${name} is created.`, { action: { label: t`Switch`, run } })
      await queries.invalidateQueries()
      onClose()
    },
  })
  const { fields, rest } = fieldErrors(create.error, ['company'])
  const submit = () => {
    create.mutate()
  }
  return (
    <FormDialog
      title={t`Create another account`}
      action={<Trans>Create</Trans>}
      busy={create.isPending}
      refusal={rest}
      onSubmit={submit}
      onClose={onClose}
    >
      <span>
        <Trans>It has people, services and tokens of its own. You are its Administrator and owner.</Trans>
      </span>
      <TextInput
        label={t`Company`}
        value={company}
        onChange={(event) => setCompany(event.currentTarget.value)}
        error={fields.company}
        maxLength={255}
        data-autofocus
        required
      />
    </FormDialog>
  )
}
