/** Asks for a name and the password, then has the browser make a passkey. */
import { t as translate } from '@lingui/core/macro'
import { Trans, useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import ProofDialog from '../../components/ProofDialog.tsx'
import { browserOf } from '../../lib/browser.ts'
import { toast } from '../../lib/toast.ts'
import { createPasskey } from './passkey.ts'

export default function AddPasskey({ onDone, onClose }: { onDone(): unknown; onClose(): void }) {
  const { t } = useLingui()
  const [name, setName] = useState(browserOf(navigator.userAgent))
  return (
    <ProofDialog
      title={t`Add a passkey`}
      text={<Trans>Your browser then asks for your finger, your face or a PIN.</Trans>}
      confirm={t`Continue`}
      run={async (said) => {
        const options = await api('POST /reeve/users/me/passkeys/options', { body: said })
        const credential = await createPasskey(options).catch((error: unknown) => {
          throw new ApiError(400, reasonOf(error))
        })
        await api('POST /reeve/users/me/passkeys', { body: { name: name.trim(), credential } })
        toast(t`The passkey is added. Sign in with it next time.`)
        await onDone()
      }}
      onClose={onClose}
    >
      <TextInput
        label={t`Name`}
        description={t`So that you recognise it in the list.`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={255}
        required
        withAsterisk={false}
      />
    </ProofDialog>
  )
}

const reasonOf = (error: unknown) =>
  (error as DOMException).name === 'InvalidStateError'
    ? translate`This device or key has a passkey of yours already.`
    : translate`The browser made no passkey: it was cancelled or took too long. Try again.`
