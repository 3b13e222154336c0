/** What can be done about a member, with the question before it and the answer after it. */
import { useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { changeSession } from '../../api/session.ts'
import type { User } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { roleName } from '../../lib/words.ts'

export function useMemberActions(refresh: () => unknown) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const { client_id: clientId, user_id: own, company } = useCaller()
  const pathOf = ({ id }: Pick<User, 'id'>) => ({ path: { clientId, userId: id } })
  const called = ({ name, email }: User) => name || email

  const attempt = async (change: () => Promise<unknown>, done: string) => {
    try {
      await change()
      toast(done)
      return true
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
      return false
    } finally {
      await refresh()
    }
  }
  return {
    async changeRole(user: User, role: string) {
      const person = called(user)
      const label = roleName(role)
      if (user.id === own) {
        const yes = await confirm({
          title: t`Give up your own role?`,
          text: t`You stop being an Administrator at once, and only another Administrator can make you one again.`,
          confirm: t`Change my role`,
          danger: true,
        })
        if (!yes) return
      }
      const body = { user_role: { name: role } }
      const changed = await attempt(
        () => api('PUT /iam/clients/{clientId}/client-users/{userId}', { ...pathOf(user), body }),
        t`The role of ${person} is now: ${label}.`,
      )
      // Another role, another navigation: the page starts anew.
      if (changed && user.id === own) location.reload()
    },
    async remove(user: User) {
      const person = called(user)
      const yes = await confirm({
        title: t`Remove ${person} from this account?`,
        text: t`The access ends at once. Who has no other account is deleted. Active API tokens of that person must be deleted first.`,
        confirm: t`Remove`,
        danger: true,
      })
      if (yes)
        await attempt(() => api('DELETE /iam/clients/{clientId}/client-users/{userId}', pathOf(user)), t`${person} has no access any more.`)
    },
    async leave() {
      const yes = await confirm({
        title: t`Leave ${company}?`,
        text: t`Your access to this account ends at once. Only an Administrator can invite you again.`,
        confirm: t`Leave`,
        danger: true,
      })
      if (!yes) return
      try {
        const { client_and_roles } = await api('GET /iam/users/me', {})
        const next = client_and_roles.find(({ client_id }) => client_id !== clientId)
        await api('DELETE /iam/clients/{clientId}/client-users/{userId}', pathOf({ id: own }))
        if (next) await changeSession('/reeve/session/account', { client_id: next.client_id })
        else await navigate({ to: '/' })
      } catch (failure) {
        toast(explain(failure), { kind: 'failed' })
      }
    },
    renew: ({ email }: User) =>
      attempt(
        () => api('POST /iam/auth/renew_invitation', { body: { email } }),
        t`The invitation is sent again. The link works for 24 hours.`,
      ),
    withdraw: (user: User) =>
      attempt(() => api('DELETE /iam/clients/{clientId}/client-users/{userId}', pathOf(user)), t`The invitation is withdrawn.`),
  }
}
