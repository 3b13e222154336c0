/** What the menu of the user holds: the look of the console, its language, other accounts, and the way out. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Menu, useMantineColorScheme } from '@mantine/core'
import { CheckIcon } from '@radix-ui/react-icons'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { signOut } from '../../api/session.ts'
import { useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { chooseLanguage } from '../../lib/i18n.ts'
import { type Language, languages } from '../../lib/languages.ts'
import { toast } from '../../lib/toast.ts'
import '../../mantine.overlays.css.ts'
import styles from './UserMenu.module.css'

/** @param children the button, which the open menu stands above */
export default function UserMenuItems({ children, onClose }: { children: ReactNode; onClose(): void }) {
  const { t, i18n } = useLingui()
  const caller = useCaller()
  const navigate = useNavigate()
  // Mantine would stop transitions by a <style> element, which the content security policy refuses.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  const schemes = { auto: t`As the system`, light: t`Light`, dark: t`Dark` } as const
  const check = (is: boolean) => (is ? <CheckIcon /> : <span className={styles.space} />)
  return (
    <Menu opened onClose={onClose} position="top-start" width={240} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <bdi>{caller.email}</bdi>
        </Menu.Label>
        <Menu.Item onClick={() => navigate({ to: '/profile' })}>
          <Trans>Profile</Trans>
        </Menu.Item>
        {caller.kind === 'client' && (
          <Menu.Item component="a" href="/sign-in?choose">
            <Trans>Switch account</Trans>
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Label>
          <Trans>Appearance</Trans>
        </Menu.Label>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            leftSection={check(colorScheme === scheme)}
            onClick={() => setColorScheme(scheme)}
            closeMenuOnClick={false}
          >
            {schemes[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>
          <Trans>Language</Trans>
        </Menu.Label>
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            leftSection={check(i18n.locale === language)}
            onClick={() => chooseLanguage(language).catch((error) => toast(explain(error), { kind: 'failed' }))}
          >
            {languages[language]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => signOut().catch((error) => toast(explain(error), { kind: 'failed' }))}>
          <Trans>Sign out</Trans>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
