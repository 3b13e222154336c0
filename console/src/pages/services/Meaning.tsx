/** Says what the status of a service means for the people of its account, and what comes next. */
import { Trans } from '@lingui/react/macro'
import type { ServiceStatus } from '../../lib/words.ts'

export function Meaning({ status }: { status: ServiceStatus }) {
  switch (status) {
    case 'new':
      return <Trans>Available to you and not in use. Your provider starts it, or a trial of it.</Trans>
    case 'trial':
      return <Trans>You are trying it free of charge. The owner of the account gets an email two days before the trial ends.</Trans>
    case 'trialend':
      return <Trans>The trial is over. What it holds is deleted after a while, unless your provider activates it.</Trans>
    case 'activating':
      return <Trans>Your provider is setting it up. There is nothing for you to do.</Trans>
    case 'active':
      return <Trans>In use.</Trans>
    case 'paused':
      return <Trans>Paused. What it holds is deleted after a while, unless your provider resumes it.</Trans>
    case 'deleted':
      return <Trans>Deleted, with what it held. Your provider can set it up anew.</Trans>
  }
}
