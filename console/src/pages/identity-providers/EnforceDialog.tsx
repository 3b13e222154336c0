/** Enforcing takes the name of the provider, typed: it can lock a whole company out. */
import { Trans, useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import type { IdentityProvider, IdentityProviderEnforcement } from '../../api/types.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useSubmit } from '../../lib/act.ts'
import { number } from '../../lib/format.ts'

interface Props {
  provider: IdentityProvider
  effect: IdentityProviderEnforcement
  onClose(): void
}

export default function EnforceDialog({ provider: { id, name }, effect, onClose }: Props) {
  const { t } = useLingui()
  const [typed, setTyped] = useState('')
  const { busy, rest, submit } = useSubmit([])
  const enforce = async () => {
    const path = { providerId: id }
    const done = await submit(
      () => api('POST /reeve/identity_providers/{providerId}/state', { path, body: { state: 'enforced' } }),
      t`${name} is enforced.`,
    )
    if (done) onClose()
  }
  const people = number(effect.without_identity)
  const sessions = number(effect.sessions)
  return (
    <FormDialog
      title={t`Enforce ${name}?`}
      action={<Trans>Enforce</Trans>}
      danger
      disabled={typed.trim() !== name.trim()}
      busy={busy}
      refusal={rest}
      closeOnClickOutside={false}
      onSubmit={enforce}
      onClose={onClose}
    >
      <div>
        <Trans>
          Sessions that end at once: {sessions}. People who get in again only by it, and have not done so yet: {people}.
        </Trans>
      </div>
      <TextInput
        label={t`Type the name: ${name}`}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
    </FormDialog>
  )
}
