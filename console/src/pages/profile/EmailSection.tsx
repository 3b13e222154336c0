/** The address the caller signs in with, and how it changes: by a link that the new address gets. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Alert, Button, TextInput } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { api } from '../../api/client.ts'
import { Section } from '../../components/Page.tsx'
import { useActing, useCaller } from '../../lib/caller.ts'
import { fieldErrors } from '../../lib/explain.ts'

const ProofDialog = lazy(() => import('../../components/ProofDialog.tsx'))

export function EmailSection() {
  const { t } = useLingui()
  const { email, user_id } = useCaller()
  const acting = useActing()
  const [open, setOpen] = useState(false)
  const [wanted, setWanted] = useState('')
  const [asked, setAsked] = useState<string>()
  const [error, setError] = useState<unknown>()
  return (
    <Section
      title={t`Email`}
      text={
        <Trans>
          You sign in as <b>{email}</b>.
        </Trans>
      }
      actions={
        <Button variant="default" disabled={acting !== null} onClick={() => setOpen(true)}>
          <Trans>Change email</Trans>
        </Button>
      }
    >
      {asked && (
        <Alert color="blue" role="status" title={t`Open the link in the email to ${asked}`}>
          <Trans>
            It works once, for 24 hours. Until then you sign in as {email}, and that address got an email with a link that stops the change.
          </Trans>
        </Alert>
      )}
      {open && (
        <Suspense>
          <ProofDialog
            title={t`Change email`}
            text={<Trans>We send a link to the new address. Nothing changes before you open it.</Trans>}
            confirm={t`Send the link`}
            fields={['new_email']}
            onError={setError}
            run={async (said) => {
              setError(undefined)
              const { new_email } = await api('PUT /iam/users/{userId}/email', {
                path: { userId: user_id },
                body: { new_email: wanted.trim(), ...said },
              })
              setAsked(new_email)
            }}
            onClose={() => {
              setOpen(false)
              setError(undefined)
            }}
          >
            <TextInput
              label={t`New email`}
              type="email"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
              error={fieldErrors(error, ['new_email']).fields.new_email}
              autoComplete="email"
              data-autofocus
              required
              withAsterisk={false}
            />
          </ProofDialog>
        </Suspense>
      )}
    </Section>
  )
}
