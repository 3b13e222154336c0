/** Revokes whatever can sign in as the caller, and leads on to another password. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { api } from '../../api/client.ts'
import { toast } from '../../lib/toast.ts'

const ProofDialog = lazy(() => import('../../components/ProofDialog.tsx'))

export function RevokeEverything({ onClose }: { onClose(): void }) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const navigate = useNavigate()
  return (
    <Suspense>
      <ProofDialog
        title={t`Revoke everything`}
        text={
          <Trans>
            All your other sessions and open links end, and your API tokens and passkeys are deleted. Programs that use the tokens stop
            working. Your password stays, so change it next.
          </Trans>
        }
        confirm={t`Revoke everything`}
        danger
        run={async (body) => {
          await api('POST /reeve/users/me/end_access', { body })
          toast(t`Everything is revoked. Now choose another password.`)
          await queries.invalidateQueries()
          await navigate({ to: '/profile', search: { tab: 'password' } })
        }}
        onClose={onClose}
      />
    </Suspense>
  )
}
