/** What the caller should do next; nothing is shown if there is nothing. */
import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { query } from '../../api/client.ts'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { isAdministrator, useCaller } from '../../lib/caller.ts'
import { endsSoon } from '../../lib/tokens.ts'
import styles from './own-account.module.css'

interface ToDo {
  key: string
  text: ReactNode
  link: ReactNode
}

export function ToDos() {
  const { t } = useLingui()
  const todos = useToDos()
  if (todos.length === 0) return null
  return (
    <Section title={t`To do`}>
      <ul className={styles.rows}>
        {todos.map(({ key, text, link }) => (
          <li key={key}>
            <Status tone="warn">{text}</Status>
            {link}
          </li>
        ))}
      </ul>
    </Section>
  )
}

function useToDos(): ToDo[] {
  const caller = useCaller()
  const { client_id: clientId } = caller
  const administrates = isAdministrator(caller)
  const { data: twoStep } = useQuery(query('GET /reeve/users/me/totp', {}))
  const { data: client } = useQuery(query('GET /iam/clients/me', {}))
  const { data: tokens } = useQuery(query('GET /iam/v2/clients/{clientId}/tokens', { path: { clientId }, query: { deleted: 'false' } }))
  const { data: people } = useQuery({ ...query('GET /iam/users', {}), enabled: administrates })
  const ending = tokens?.filter((token) => endsSoon(token)).length ?? 0
  const invited = people?.results.filter(({ activated }) => !activated).length ?? 0
  const todos: ToDo[] = []
  if (client?.status === 'paused')
    todos.push({
      key: 'deletion',
      text: <Trans>Deletion of this account is requested.</Trans>,
      link: administrates && (
        <Link to="/account" search={{ tab: 'deletion' }}>
          <Trans>See the request</Trans>
        </Link>
      ),
    })
  if (twoStep && !twoStep.enabled)
    todos.push({
      key: 'two-step',
      text: <Trans>Two-step verification is off.</Trans>,
      link: (
        <Link to="/profile" search={{ tab: 'two-step' }}>
          <Trans>Set up</Trans>
        </Link>
      ),
    })
  if (twoStep?.enabled && twoStep.backup_codes === 0)
    todos.push({
      key: 'codes',
      text: <Trans>No backup codes are left.</Trans>,
      link: (
        <Link to="/profile" search={{ tab: 'two-step' }}>
          <Trans>New backup codes</Trans>
        </Link>
      ),
    })
  if (ending > 0)
    todos.push({
      key: 'tokens',
      text: <Plural value={ending} one="# API token expires within a week." other="# API tokens expire within a week." />,
      link: (
        <Link to="/tokens">
          <Trans>See tokens</Trans>
        </Link>
      ),
    })
  if (invited > 0)
    todos.push({
      key: 'invited',
      text: <Plural value={invited} one="# invitation is not accepted yet." other="# invitations are not accepted yet." />,
      link: (
        <Link to="/members">
          <Trans>See people</Trans>
        </Link>
      ),
    })
  return todos
}
