/** Two-step verification: set up, the backup codes that are left, and switched off. */
import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Alert, Button, Group, Stack } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api, query } from '../../api/client.ts'
import { renewSession } from '../../api/session.ts'
import type { TotpSecret } from '../../api/types.ts'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { useActing, useCaller } from '../../lib/caller.ts'
import { toast } from '../../lib/toast.ts'
import { BackupCodes } from './BackupCodes.tsx'
import { Enrolment } from './Enrolment.tsx'

const ProofDialog = lazy(() => import('../../components/ProofDialog.tsx'))
const state = query('GET /reeve/users/me/totp', {})

export function TwoStep() {
  const { t } = useLingui()
  const caller = useCaller()
  const acting = useActing()
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(state)
  const [asks, setAsks] = useState<'begin' | 'renew' | 'disable'>()
  const [secret, setSecret] = useState<TotpSecret>()
  const [codes, setCodes] = useState<readonly string[]>()
  const refresh = () => queries.invalidateQueries({ queryKey: state.queryKey })

  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <RowsSkeleton rows={4} />
  const { enabled, backup_codes } = data

  if (codes)
    return (
      <BackupCodes
        codes={codes}
        onDone={async () => {
          setCodes(undefined)
          await renewSession()
        }}
      />
    )
  if (secret && !enabled)
    return (
      <Enrolment
        secret={secret}
        onCancel={() => setSecret(undefined)}
        onConfirmed={async (fresh) => {
          setSecret(undefined)
          setCodes(fresh)
          await refresh()
        }}
      />
    )
  return (
    <Section
      title={t`Two-step verification`}
      text={<Trans>Signing in with the password then also takes a code from an app on your phone.</Trans>}
      actions={enabled ? <Status tone="good">{t`On`}</Status> : <Status tone="warn">{t`Off`}</Status>}
    >
      <Stack align="flex-start">
        {caller.must_enrol && (
          <Alert color="yellow" role="status" title={t`Your provider requires two-step verification`}>
            <Trans>
              Set it up to go on. You need an authenticator app, such as Google Authenticator, Microsoft Authenticator or 1Password.
            </Trans>
          </Alert>
        )}
        {enabled ? (
          <>
            <span>
              {backup_codes === 0 ? (
                <Status tone="bad">{t`No backup codes are left.`}</Status>
              ) : (
                <Plural value={backup_codes} one="# backup code is left." other="# backup codes are left." />
              )}{' '}
              <Trans>Each signs you in once if you do not have your phone.</Trans>
            </span>
            <Group>
              <Button variant="default" disabled={acting !== null} onClick={() => setAsks('renew')}>
                <Trans>New backup codes</Trans>
              </Button>
              <Button variant="default" disabled={acting !== null} onClick={() => setAsks('disable')}>
                <Trans>Switch off</Trans>
              </Button>
            </Group>
          </>
        ) : (
          <>
            <span>
              <Trans>Whoever learns your password cannot sign in without your phone. API tokens work on as they are.</Trans>
            </span>
            <Button disabled={acting !== null} onClick={() => setAsks('begin')}>
              <Trans>Set up</Trans>
            </Button>
          </>
        )}
      </Stack>
      <Suspense>
        {asks === 'begin' && (
          <ProofDialog
            title={t`Set up two-step verification`}
            text={<Trans>First confirm that it is you.</Trans>}
            confirm={t`Continue`}
            run={async ({ password }) => setSecret(await api('POST /reeve/users/me/totp', { body: { password } }))}
            onClose={() => setAsks(undefined)}
          />
        )}
        {asks === 'renew' && (
          <ProofDialog
            title={t`New backup codes`}
            text={<Trans>You get five new codes. The ones you have stop working.</Trans>}
            confirm={t`Make new codes`}
            run={async (body) => {
              const { backup_codes: fresh } = await api('POST /reeve/users/me/totp/backup_codes', { body })
              setCodes(fresh)
              await refresh()
            }}
            onClose={() => setAsks(undefined)}
          />
        )}
        {asks === 'disable' && (
          <ProofDialog
            title={t`Switch off two-step verification?`}
            text={<Trans>The password alone signs you in again. Your backup codes stop working.</Trans>}
            confirm={t`Switch off`}
            danger
            run={async (body) => {
              await api('DELETE /reeve/users/me/totp', { body })
              toast(t`Two-step verification is off.`)
              await refresh()
              await renewSession()
            }}
            onClose={() => setAsks(undefined)}
          />
        )}
      </Suspense>
    </Section>
  )
}
