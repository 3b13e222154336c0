/** The person who is signed in: personal data, and every way to sign in. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Alert } from '@mantine/core'
import '@mantine/core/styles/Alert.css'
import { Page } from '../../components/Page.tsx'
import { Tabs, useTab } from '../../components/Tabs.tsx'
import { useActing, useCaller } from '../../lib/caller.ts'
import { EmailSection } from './EmailSection.tsx'
import { Identities } from './Identities.tsx'
import { Passkeys } from './Passkeys.tsx'
import { PasswordForm } from './PasswordForm.tsx'
import { PersonalData } from './PersonalData.tsx'
import { Sessions } from './Sessions.tsx'
import { SignIns } from './SignIns.tsx'
import { TwoStep } from './TwoStep.tsx'

export default function ProfilePage() {
  const { t } = useLingui()
  const caller = useCaller()
  const acting = useActing()
  const all = [
    { id: 'personal', label: t`Personal data` },
    { id: 'password', label: t`Password` },
    { id: 'two-step', label: t`Two-step verification` },
    { id: 'passkeys', label: t`Passkeys` },
    { id: 'identities', label: t`Linked identities` },
    { id: 'sessions', label: t`Sessions` },
    { id: 'sign-ins', label: t`Sign-ins` },
  ] as const
  // Until two-step verification is set up, the server answers nothing else.
  const tabs = caller.must_enrol ? all.filter(({ id }) => id === 'two-step') : all
  const tab = useTab(tabs)
  return (
    <Page title={t`Profile`} text={<bdi>{caller.email}</bdi>}>
      <Tabs label={t`Profile`} tabs={tabs} />
      {acting && (
        <Alert color="yellow" mb="md">
          <Trans>You act as somebody else. How they sign in can be changed only by themselves.</Trans>
        </Alert>
      )}
      {tab === 'personal' && (
        <>
          <PersonalData />
          <EmailSection />
        </>
      )}
      {tab === 'password' && <PasswordForm />}
      {tab === 'two-step' && <TwoStep />}
      {tab === 'passkeys' && <Passkeys />}
      {tab === 'identities' && <Identities />}
      {tab === 'sessions' && <Sessions />}
      {tab === 'sign-ins' && <SignIns />}
    </Page>
  )
}
