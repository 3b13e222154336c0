/** The caller's latest sign-ins and failed attempts, with what to do about one that was somebody else's. */
import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { useState } from 'react'
import { CursorList, type RowOf } from '../../components/CursorList.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { browserOf } from '../../lib/browser.ts'
import { useActing, useCaller } from '../../lib/caller.ts'
import { WayToSignIn } from '../../lib/sign-ins.tsx'
import styles from './profile.module.css'
import { RevokeEverything } from './RevokeEverything.tsx'

type Row = RowOf<'GET /reeve/logins'>

/** Whether whoever tried knew the password or had a passkey. */
const gotIn = ({ is_successful, auth_type }: Row) => is_successful || auth_type === 'password_without_code'

export function SignIns() {
  const { t } = useLingui()
  const caller = useCaller()
  const acting = useActing()
  const [revokes, setRevokes] = useState(false)
  const columns: Column<Row>[] = [
    { id: 'when', header: t`When`, cell: ({ login_at }) => <Time at={login_at} /> },
    {
      id: 'result',
      header: t`Result`,
      cell: ({ is_successful, attempts }) => (
        <>
          {is_successful ? <Status tone="good">{t`Signed in`}</Status> : <Status tone="bad">{t`Failed`}</Status>}
          {attempts > 1 && (
            <>
              {' '}
              <Plural value={attempts} one="# attempt" other="# attempts" />
            </>
          )}
        </>
      ),
    },
    {
      id: 'way',
      header: t`Method`,
      cell: ({ auth_type }) => (
        <span className={styles.word}>
          <WayToSignIn type={auth_type} />
        </span>
      ),
      minor: true,
    },
    {
      id: 'browser',
      header: t`Browser`,
      cell: ({ user_agent }) => <span title={user_agent}>{browserOf(user_agent)}</span>,
      minor: true,
    },
    { id: 'address', header: t`IP address`, cell: ({ ip_address }) => ip_address || '–' },
    {
      id: 'not-me',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (row) =>
        gotIn(row) && (
          <Button size="compact-sm" variant="default" disabled={acting !== null} onClick={() => setRevokes(true)}>
            <Trans>This was not me</Trans>
          </Button>
        ),
    },
  ]
  return (
    <Section
      title={t`Sign-ins`}
      text={<Trans>If one was not you, somebody else knows your password: revoke everything and choose another one.</Trans>}
    >
      <CursorList
        operation="GET /reeve/logins"
        given={{ query: { limit: 20, user_id: caller.user_id } }}
        label={t`Sign-ins`}
        columns={columns}
        rowKey={({ id }) => id}
        empty={<EmptyState title={t`No sign-ins yet`} text={<Trans>Sign-ins from now on are listed here, failed ones too.</Trans>} />}
      />
      {revokes && <RevokeEverything onClose={() => setRevokes(false)} />}
    </Section>
  )
}
