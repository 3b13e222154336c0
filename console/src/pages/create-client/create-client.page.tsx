/** Creates an account with its first user; afterwards, what to do next. */
import { useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { Page } from '../../components/Page.tsx'
import { NotFound } from '../../components/states.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { Created, type Made } from './Created.tsx'
import { CreateForm } from './CreateForm.tsx'

export default function CreateClientPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const [made, setMade] = useState<Made>()
  if (!isStaff(caller)) return <NotFound />
  return (
    <Page
      title={made ? made.company : t`New account`}
      text={made ? undefined : t`An account with its first user, who is an Administrator. Both are active at once.`}
    >
      {made ? <Created made={made} again={() => setMade(undefined)} /> : <CreateForm onMade={setMade} />}
    </Page>
  )
}
