/** What the palette offers without asking the server. */
import { t } from '@lingui/core/macro'
import { useMantineColorScheme } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { signOut } from '../../api/session.ts'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { chooseLanguage } from '../../lib/i18n.ts'
import { type Language, languages } from '../../lib/languages.ts'
import { groupsFor } from '../shell/pages.ts'

export interface Entry {
  key: string
  label: string
  more?: string
  run(): unknown
}

export function usePages(): Entry[] {
  const caller = useCaller()
  const router = useRouter()
  return groupsFor(caller).flatMap(({ title, entries }) =>
    entries.map(({ to, label }) => ({ key: to, label, ...(title && { more: title }), run: () => router.navigate({ to }) })),
  )
}

export function useActions(): Entry[] {
  const caller = useCaller()
  const router = useRouter()
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  const actions: Entry[] = []
  if (isStaff(caller) && caller.kind !== 'platform')
    actions.push({ key: 'create', label: t`Create an account`, run: () => router.navigate({ to: '/clients/new' }) })
  if (caller.kind === 'client') actions.push({ key: 'switch', label: t`Switch account`, run: () => location.assign('/sign-in?choose') })
  const appearance = t`Appearance`
  actions.push(
    { key: 'light', label: t`Light`, more: appearance, run: () => setColorScheme('light') },
    { key: 'dark', label: t`Dark`, more: appearance, run: () => setColorScheme('dark') },
    { key: 'auto', label: t`As the system`, more: appearance, run: () => setColorScheme('auto') },
    ...(Object.entries(languages) as [Language, string][]).map(([language, label]) => ({
      key: language,
      label,
      more: t`Language`,
      run: () => chooseLanguage(language),
    })),
    { key: 'docs', label: t`API documentation`, run: () => location.assign('/docs') },
    { key: 'out', label: t`Sign out`, run: signOut },
  )
  return actions
}
