/** A password that can be shown; the button that does it is named in the reader's language. */
import { useLingui } from '@lingui/react/macro'
import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import '@mantine/core/styles/PasswordInput.css'

export function SecretInput(props: PasswordInputProps) {
  const { t } = useLingui()
  return <PasswordInput visibilityToggleButtonProps={{ 'aria-label': t`Show or hide what is typed` }} {...props} />
}
