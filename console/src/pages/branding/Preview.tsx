/** The sign-in page and the mails in the brand as it is typed, before anything is saved. */
import { useLingui } from '@lingui/react/macro'
import { NativeSelect, Skeleton } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { Section } from '../../components/Page.tsx'
import styles from './branding.module.css'
import type { Draft } from './draft.ts'
import { SignInPreview } from './SignInPreview.tsx'

const MailPreview = lazy(() => import('./MailPreview.tsx'))
type View = 'light' | 'dark' | 'mail'

export function Preview({ draft, logo }: { draft: Draft; logo: string | null }) {
  const { t } = useLingui()
  const [view, setView] = useState<View>('light')
  return (
    <div className={styles.preview}>
      <Section
        title={t`Preview`}
        actions={
          <NativeSelect
            size="xs"
            aria-label={t`What the preview shows`}
            value={view}
            onChange={({ currentTarget }) => setView(currentTarget.value as View)}
            data={[
              { value: 'light', label: t`Sign-in page, light` },
              { value: 'dark', label: t`Sign-in page, dark` },
              { value: 'mail', label: t`Emails` },
            ]}
          />
        }
      >
        {view === 'mail' ? (
          <Suspense fallback={<Skeleton height={420} />}>
            <MailPreview draft={draft} logo={logo} />
          </Suspense>
        ) : (
          <SignInPreview draft={draft} logo={logo} theme={view} />
        )}
      </Section>
    </div>
  )
}
