/** What a new reseller does first, and which of it is done. */
import { Trans, useLingui } from '@lingui/react/macro'
import { VisuallyHidden } from '@mantine/core'
import { CheckIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import { query } from '../../api/client.ts'
import { Section } from '../../components/Page.tsx'
import { brandingQuery } from '../../lib/branding.ts'
import { type Caller, useCaller } from '../../lib/caller.ts'
import styles from './dashboard.module.css'

interface Step {
  to: LinkProps['to'] & string
  title: string
  text: string
  action: string
  done: boolean
}

export function FirstSteps() {
  const caller = useCaller()
  const { t } = useLingui()
  const manages = caller.kind !== 'seller'
  const settings = useQuery({ ...brandingQuery, enabled: manages })
  const sellers = useQuery({ ...query('GET /iam/admin/sellers', { query: { limit: 1 } }), enabled: manages })
  const steps = useSteps(caller, {
    branded: Boolean(settings.data && !settings.data.deleted),
    mails: Boolean(settings.data?.privateSettings.mailServer?.host),
    sells: countOf(sellers.data) > 0,
  })
  return (
    <Section title={t`First steps`} text={t`Everything can be changed later.`}>
      <ol className={styles.steps}>
        {steps.map(({ to, title, text, action, done }, index) => (
          <li key={to}>
            <span className={styles.mark} data-done={done || undefined} aria-hidden="true">
              {done ? <CheckIcon /> : index + 1}
            </span>
            <div>
              <p>
                {title}
                {done && (
                  <VisuallyHidden>
                    {' '}
                    (<Trans>done</Trans>)
                  </VisuallyHidden>
                )}
              </p>
              <small>{text}</small>
            </div>
            <Link to={to}>{action}</Link>
          </li>
        ))}
      </ol>
    </Section>
  )
}

const countOf = (page: unknown): number =>
  Array.isArray(page) ? page.length : typeof page === 'object' && page !== null && 'count' in page ? Number(page.count) : 0

function useSteps({ kind }: Caller, { branded, mails, sells }: { branded: boolean; mails: boolean; sells: boolean }): Step[] {
  const { t } = useLingui()
  const account: Step = {
    to: '/clients/new',
    title: t`Create the first account`,
    text: t`Its administrator gets access to the products you offer.`,
    action: t`Create account`,
    done: false,
  }
  if (kind === 'seller') return [account]
  return [
    {
      to: '/branding',
      title: t`Set up your brand`,
      text: t`Name, logo and colours of the sign-in page and the emails.`,
      action: t`Branding`,
      done: branded,
    },
    {
      to: '/mail_server',
      title: t`Connect your mail server`,
      text: t`So that invitations come from your own address.`,
      action: t`Mail server`,
      done: mails,
    },
    {
      to: '/sellers',
      title: t`Invite a seller`,
      text: t`Sellers create accounts and look after them.`,
      action: t`Sellers`,
      done: sells,
    },
    account,
  ]
}
