import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { Copy } from '../../components/Copy.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { useAct } from '../../lib/act.ts'
import styles from './create-client.module.css'

export interface Made {
  clientId: number
  company: string
  email: string
  /** What became of the mail with the link to a password. */
  link: 'none' | 'sent' | 'failed'
}

const InviteDialog = lazy(() => import('../../components/users/InviteDialog.tsx'))

export function Created({ made, again }: { made: Made; again(): void }) {
  const { t } = useLingui()
  const { clientId, email } = made
  const [link, setLink] = useState(made.link)
  const [inviting, setInviting] = useState(false)
  const { busy, act } = useAct()
  const open = useRef<HTMLAnchorElement>(null)
  useEffect(() => open.current?.focus(), [])
  const mail = async () => {
    if (await act(() => api('POST /iam/auth/reset_password', { body: { email } }))) setLink('sent')
  }
  return (
    <Section title={t`The account is there`}>
      <div role="status">
        {link === 'sent' && (
          <p>
            <Trans>
              <bdi>{email}</bdi> got a mail with a link to set a password.
            </Trans>
          </p>
        )}
        {link === 'none' && (
          <p>
            <Trans>
              <bdi>{email}</bdi> can sign in with the password you set. No mail was sent.
            </Trans>
          </p>
        )}
      </div>
      {link === 'failed' && (
        <Notice tone="warn">
          <Trans>The mail with the link to a password could not be sent.</Trans>{' '}
          <Button size="compact-xs" variant="default" loading={busy} onClick={mail}>
            <Trans>Mail the link again</Trans>
          </Button>
        </Notice>
      )}
      <p>
        <Trans>Id:</Trans> <Copy value={String(clientId)} label={t`the id`} />
      </p>
      <p>
        <Trans>Its products are available and not in use yet: start a trial or activate them under Services.</Trans>
      </p>
      <div className={styles.next}>
        <Button ref={open} component={Link} to="/clients/$clientId" params={{ clientId: String(clientId) } as never}>
          <Trans>Open the account</Trans>
        </Button>
        <Button
          component={Link}
          to="/clients/$clientId"
          params={{ clientId: String(clientId) } as never}
          search={{ tab: 'services' } as never}
          variant="default"
        >
          <Trans>Set its services</Trans>
        </Button>
        <Button variant="default" onClick={() => setInviting(true)}>
          <Trans>Invite more people</Trans>
        </Button>
        <Button variant="subtle" onClick={again}>
          <Trans>Create another</Trans>
        </Button>
      </div>
      {inviting && (
        <Suspense>
          <InviteDialog clientId={clientId} isTechnical={false} onClose={() => setInviting(false)} />
        </Suspense>
      )}
    </Section>
  )
}
