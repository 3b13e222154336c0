/** The steps from a draft to an enforced provider, and how far each is. Any can be left and come back to. */
import { t } from '@lingui/core/macro'
import { useSearch } from '@tanstack/react-router'
import type { IdentityProvider } from '../../api/types.ts'
import { hasEndingCertificate, isComplete } from './words.ts'

const order = ['ours', 'theirs', 'domains', 'people', 'test', 'on'] as const
export type StepId = (typeof order)[number]

export interface Step {
  id: StepId
  label: string
  /** How far it is. */
  said: string
  tone: 'good' | 'warn' | undefined
}

export function stepsOf(provider: IdentityProvider): Step[] {
  const { state, domains, creates_users, roles, metadata_error } = provider
  const complete = isComplete(provider)
  const unproven = domains.filter(({ proven }) => !proven).length
  const theirs = metadata_error !== null ? t`Metadata unreadable` : hasEndingCertificate(provider) ? t`Certificate ends` : undefined
  const tested = state !== 'draft'
  const on = state === 'on' || state === 'enforced'
  return [
    { id: 'ours', label: t`Our values`, said: t`To copy`, tone: complete ? 'good' : undefined },
    {
      id: 'theirs',
      label: t`Their values`,
      said: theirs ?? (complete ? t`Complete` : t`Missing`),
      tone: theirs ? 'warn' : complete ? 'good' : undefined,
    },
    {
      id: 'domains',
      label: t`Domains`,
      said: domains.length === 0 ? t`None yet` : unproven > 0 ? t`${unproven} not proven` : t`Proven`,
      tone: unproven > 0 ? 'warn' : domains.length > 0 ? 'good' : undefined,
    },
    {
      id: 'people',
      label: t`Who gets in`,
      said: creates_users ? t`Created on arrival` : t`Existing users`,
      tone: creates_users || roles.length > 0 ? 'good' : undefined,
    },
    { id: 'test', label: t`Test sign-in`, said: tested ? t`Succeeded` : t`Not yet`, tone: tested ? 'good' : undefined },
    {
      id: 'on',
      label: t`Switch on`,
      said: state === 'enforced' ? t`Enforced` : on ? t`On` : t`Off`,
      tone: on ? 'good' : undefined,
    },
  ]
}

/** The step in the address; without one the first that is not done and cannot be left out. A test that came back shows itself. */
export function useStep(provider: IdentityProvider): StepId {
  const { step, test } = useSearch({ strict: false }) as { step?: string; test?: string }
  const named = order.find((id) => id === step)
  if (named) return named
  if (test !== undefined) return 'test'
  if (!isComplete(provider)) return 'ours'
  if (provider.state === 'draft') return provider.domains.length === 0 ? 'domains' : 'test'
  return 'on'
}

export const nextOf = (id: StepId): StepId | undefined => order[order.indexOf(id) + 1]
