/** Who gets in, and with which role. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, NativeSelect, Switch, TextInput } from '@mantine/core'
import '@mantine/core/styles/Switch.css'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import type { IdentityProvider, RoleRule } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { useSubmit } from '../../lib/act.ts'
import styles from './identity-providers.module.css'
import { type DraftRule, RoleRules } from './RoleRules.tsx'
import { roleOptions } from './words.ts'

const flags = ['for_staff', 'for_clients', 'force_redirect', 'creates_users'] as const
type Flag = (typeof flags)[number]

const drafted = (rules: readonly RoleRule[]): DraftRule[] => rules.map(({ group, role }, key) => ({ key, group, role: String(role) }))

export function Arrivals({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { id, kind, client_id, state, name } = provider
  const [chosen, setChosen] = useState<Partial<Record<Flag, boolean>>>({})
  const [role, setRole] = useState(String(provider.default_role))
  const [claim, setClaim] = useState(provider.groups_claim ?? '')
  const [rules, setRules] = useState(() => drafted(provider.roles))
  const { busy, fields, rest, submit } = useSubmit([...flags, 'default_role', 'groups_claim', 'roles'])
  const save = (event: FormEvent) => {
    event.preventDefault()
    const body = {
      ...chosen,
      default_role: Number(role),
      groups_claim: claim.trim() || null,
      roles: rules.filter(({ group }) => group.trim() !== '').map((rule) => ({ group: rule.group.trim(), role: Number(rule.role) })),
    }
    return submit(() => api('PATCH /reeve/identity_providers/{providerId}', { path: { providerId: id }, body }), t`Saved`)
  }
  const toggle = (flag: Flag, label: string, description?: string, disabled = false) => (
    <Switch
      label={label}
      description={description}
      checked={chosen[flag] ?? provider[flag]}
      onChange={({ currentTarget }) => setChosen({ ...chosen, [flag]: currentTarget.checked })}
      error={fields[flag]}
      disabled={disabled}
    />
  )
  const enforced = state === 'enforced'
  // GitHub names no groups in what we ask for.
  const hasGroups = kind !== 'github'
  return (
    <form onSubmit={save} noValidate>
      <Section title={t`Who gets in`} text={t`Whoever has signed in with it before still can.`}>
        <div className={styles.form}>
          {client_id === null && toggle('for_staff', t`Staff sign in by it`, undefined, enforced)}
          {client_id === null && toggle('for_clients', t`Users of all accounts sign in by it`, undefined, enforced)}
          {toggle(
            'creates_users',
            t`Create users on arrival`,
            t`Somebody unknown becomes a user, if the domain of the address is proven. Otherwise invite people first.`,
          )}
          {toggle('force_redirect', t`Go from the sign-in page straight to ${name}`, t`Skips the choice of how to sign in.`)}
        </div>
      </Section>
      <Section
        title={t`Roles`}
        text={
          hasGroups
            ? t`The first rule that matches a group gives the role, at every sign-in. Without rules, roles stay as they are. The last Administrator keeps the role.`
            : undefined
        }
      >
        <div className={styles.form}>
          <NativeSelect
            label={t`Role without a matching group`}
            description={t`Also that of users created on arrival.`}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value)}
            error={fields.default_role}
            data={roleOptions()}
          />
          {hasGroups && (
            <TextInput
              label={kind === 'saml' ? t`Attribute with the groups` : t`Claim with the groups`}
              description={t`Usually “groups”. The test sign-in shows what there is.`}
              value={claim}
              onChange={(event) => setClaim(event.currentTarget.value)}
              error={fields.groups_claim}
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </div>
        {hasGroups && <RoleRules rules={rules} error={fields.roles} onChange={setRules} />}
      </Section>
      <Notice tone="bad">{rest}</Notice>
      <Button type="submit" loading={busy} mb="md">
        <Trans>Save</Trans>
      </Button>
    </form>
  )
}
