import { Trans, useLingui } from '@lingui/react/macro'
import { Menu } from '@mantine/core'
import type { ReactNode } from 'react'
import { api } from '../../api/client.ts'
import { useAct } from '../../lib/act.ts'
import '../../mantine.overlays.css.ts'
import { confirm } from '../confirm.tsx'

export interface Actions {
  user: { id: number; email: string; activated: boolean; deleted: boolean; two_fa: boolean; is_active?: boolean; user_type?: string }
  /** The account that logging in as the user leads to, which may be closed to staff; a seller's is not. */
  clientId?: number
  /** What only one page has. */
  more?: readonly { label: string; danger?: boolean; run(): unknown }[]
  /** The account that the user can be removed from. */
  removeFrom?: number
}

export default function UserActionsMenu({
  user,
  more = [],
  removeFrom,
  onClose,
  onOpen,
  children,
}: Actions & { onClose(): void; onOpen(what: 'sessions' | 'log in' | 'lock down'): void; children: ReactNode }) {
  const { t } = useLingui()
  const { act } = useAct()
  const { id, email, activated, is_active = true, user_type = 'common' } = user

  const resetPassword = () =>
    act(() => api('POST /iam/auth/reset_password', { body: { email } }), t`A link to a new password was mailed to ${email}.`)
  const renew = () =>
    act(() => api('POST /iam/auth/renew_invitation', { body: { email } }), t`The invitation was mailed to ${email} again.`)
  const resetTwoStep = async () => {
    const yes = await confirm({
      title: t`Reset two-step verification?`,
      text: t`${email} gets a link that switches it off. Until it is used nothing changes.`,
      confirm: t`Mail the link`,
    })
    if (yes) await act(() => api('POST /reeve/users/{userId}/totp/reset', { path: { userId: id } }), t`The link was mailed to ${email}.`)
  }
  const setActive = async (active: boolean) => {
    if (!active) {
      const yes = await confirm({
        title: t`Block ${email}?`,
        text: t`Their sessions end at once, and their API tokens stop until you unblock them.`,
        confirm: t`Block`,
        danger: true,
      })
      if (!yes) return
    }
    const done = active ? t`${email} can sign in again.` : t`${email} is blocked.`
    const change =
      user_type === 'seller'
        ? () => api('PATCH /reeve/sellers/{sellerId}', { path: { sellerId: id }, body: { is_active: active } })
        : () => api('PATCH /reeve/users/{userId}', { path: { userId: id }, body: { is_active: active } })
    await act(change, done)
  }
  const remove = async (clientId: number) => {
    const yes = await confirm({
      title: t`Remove ${email}?`,
      text: t`They lose access to the account at once. Who is in no other account is deleted.`,
      confirm: t`Remove`,
      danger: true,
    })
    if (yes)
      await act(
        () => api('DELETE /iam/clients/{clientId}/client-users/{userId}', { path: { clientId, userId: id } }),
        t`${email} is removed.`,
      )
  }
  return (
    // Within the page's landmark, and fixed, so that the table does not clip it.
    <Menu opened onClose={onClose} position="bottom-end" withinPortal={false} floatingStrategy="fixed" withInitialFocusPlaceholder={false}>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {activated && is_active && (
          <Menu.Item onClick={() => onOpen('log in')} closeMenuOnClick={false}>
            <Trans>Log in as</Trans>
          </Menu.Item>
        )}
        <Menu.Item onClick={() => onOpen('sessions')} closeMenuOnClick={false}>
          <Trans>Sessions</Trans>
        </Menu.Item>
        {activated ? (
          <Menu.Item onClick={resetPassword}>
            <Trans>Mail a link to a new password</Trans>
          </Menu.Item>
        ) : (
          <Menu.Item onClick={renew}>
            <Trans>Mail the invitation again</Trans>
          </Menu.Item>
        )}
        {user.two_fa && (
          <Menu.Item onClick={resetTwoStep}>
            <Trans>Reset two-step verification</Trans>
          </Menu.Item>
        )}
        {more.map(({ label, danger = false, run }) => (
          <Menu.Item key={label} {...(danger && { color: 'var(--bad)' })} onClick={run}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        {is_active && (
          <Menu.Item color="var(--bad)" onClick={() => onOpen('lock down')} closeMenuOnClick={false}>
            <Trans>Lock down</Trans>
          </Menu.Item>
        )}
        {is_active ? (
          <Menu.Item color="var(--bad)" onClick={() => setActive(false)}>
            <Trans>Block</Trans>
          </Menu.Item>
        ) : (
          <Menu.Item onClick={() => setActive(true)}>
            <Trans>Unblock</Trans>
          </Menu.Item>
        )}
        {removeFrom !== undefined && (
          <Menu.Item color="var(--bad)" onClick={() => remove(removeFrom)}>
            <Trans>Remove from the account</Trans>
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
