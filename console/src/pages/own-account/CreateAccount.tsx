import { Trans, useLingui } from '@lingui/react/macro'
import { Alert, Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import { changeSession } from '../../api/session.ts'
import { Dialog } from '../../components/Dialog.tsx'
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
  const { fields, rest } = create.error ? fieldErrors(create.error, ['company']) : { fields: {}, rest: undefined }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title={t`Create another account`}>
      <form onSubmit={submit}>
        <Stack>
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
          {rest && (
            <Alert color="red" role="alert">
              {rest}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={create.isPending}>
              <Trans>Create</Trans>
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
