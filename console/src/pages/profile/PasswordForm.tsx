/** Another password, and whether everything else that can sign in is revoked with it. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { SecretInput } from '../../components/SecretInput.tsx'
import { useActing, useCaller } from '../../lib/caller.ts'
import { fieldErrors } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import styles from './profile.module.css'

const empty = { old: '', new: '', double: '' }

export function PasswordForm() {
  const { t } = useLingui()
  const { user_id, email } = useCaller()
  const acting = useActing()
  const [values, setValues] = useState(empty)
  const [endsEverything, setEndsEverything] = useState(false)
  const save = useMutation({
    mutationFn: () =>
      api('PUT /iam/users/{userId}/password', { path: { userId: user_id }, body: { ...values, end_everything: endsEverything } }),
    onSuccess: () => {
      setValues(empty)
      setEndsEverything(false)
      toast(t`Your password is changed. Your other sessions have ended.`)
    },
  })
  const { fields, rest } = fieldErrors(save.error, ['old', 'new', 'double'])
  const differ = values.double !== '' && values.new !== values.double
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!differ) save.mutate()
  }
  const input = (name: keyof typeof empty, label: string, autoComplete: string) => ({
    label,
    autoComplete,
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => setValues({ ...values, [name]: event.currentTarget.value }),
    error: fields[name],
    // Mantine marks only its other inputs.
    'aria-invalid': fields[name] !== undefined,
    required: true,
    withAsterisk: false,
  })
  return (
    <Section title={t`Password`} text={<Trans>Changing it ends your other sessions and every open link in your mailbox.</Trans>}>
      <form className={styles.form} onSubmit={submit}>
        <input type="hidden" name="username" value={email} autoComplete="username" />
        <SecretInput {...input('old', t`Present password`, 'current-password')} />
        <SecretInput {...input('new', t`New password`, 'new-password')} aria-describedby="password-rules" />
        <ul id="password-rules" className={styles.rules}>
          <li>
            <Trans>12 to 128 characters, of any kind: a sentence is fine.</Trans>
          </li>
          <li>
            <Trans>Not a common password, and not like your email.</Trans>
          </li>
          <li>
            <Trans>Not one of your last three.</Trans>
          </li>
        </ul>
        <SecretInput
          {...input('double', t`New password again`, 'new-password')}
          error={differ ? t`The two are not the same.` : fields.double}
        />
        <Checkbox
          label={t`Revoke my API tokens and passkeys too`}
          description={t`Choose this if somebody may know your password. By default they keep working.`}
          checked={endsEverything}
          onChange={(event) => setEndsEverything(event.currentTarget.checked)}
        />
        <Notice tone="bad">{rest}</Notice>
        <Button type="submit" loading={save.isPending} disabled={acting !== null}>
          <Trans>Change password</Trans>
        </Button>
      </form>
    </Section>
  )
}
