/** How a test sign-in went: who came, what would happen, and all that the other side said; or what is wrong. */
import { Trans, useLingui } from '@lingui/react/macro'
import type { IdentityProvider, SsoTestOutcome } from '../../api/types.ts'
import { Fact, Facts } from '../../components/Fact.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Status, type Tone } from '../../components/Status.tsx'
import { roleName } from '../../lib/words.ts'
import styles from './identity-providers.module.css'

type Identity = NonNullable<SsoTestOutcome['identity']>

export function Outcome({ provider, outcome: { error, identity } }: { provider: IdentityProvider; outcome: SsoTestOutcome }) {
  const { t } = useLingui()
  if (error)
    return (
      <Notice tone="bad">
        <strong>{t`The test failed.`}</strong> {error.message}
      </Notice>
    )
  return identity && <Succeeded provider={provider} identity={identity} />
}

function useArrival({ provider, identity }: { provider: IdentityProvider; identity: Identity }): [Tone, string] {
  const { t } = useLingui()
  const { arrival, user, email, role } = identity
  const who = user?.email ?? email ?? ''
  const made = roleName(String(role ?? provider.default_role))
  const meanings: Record<Identity['arrival'], [Tone, string]> = {
    known: ['good', t`${who} would be signed in.`],
    joins: ['good', t`${who} is a user already, and would be asked for the password once.`],
    linked: ['good', t`${who} is a user already, without a password, and would be signed in.`],
    created: ['good', t`${who} would become a user with the role ${made}, and be signed in.`],
    not_allowed: ['warn', t`Would be refused: the domain of the address is not proven for this provider, or the address is not verified.`],
    no_account: ['warn', t`Would be refused: nobody of this address is here, and users are not created on arrival.`],
  }
  return meanings[arrival]
}

function Succeeded({ provider, identity }: { provider: IdentityProvider; identity: Identity }) {
  const { t } = useLingui()
  const { subject, email, email_verified, domain_proven, name, groups, amr, issuer, role, claims } = identity
  const [tone, text] = useArrival({ provider, identity })
  const mark = (yes: boolean, good: string, not: string) => <Status tone={yes ? 'good' : 'warn'}>{yes ? good : not}</Status>
  return (
    <div role="status">
      <p>
        <Status tone="good">{t`The test succeeded`}</Status>
      </p>
      <Notice tone={tone === 'warn' ? 'warn' : 'info'}>{text}</Notice>
      <h3 className={styles.part}>
        <Trans>Who signed in</Trans>
      </h3>
      <Facts>
        <Fact term={t`Name`}>
          <bdi>{name ?? '–'}</bdi>
        </Fact>
        <Fact term={t`Email`}>
          <bdi>{email ?? '–'}</bdi>
        </Fact>
        <Fact term={t`Address`}>{mark(email_verified, t`Verified`, t`Not verified`)}</Fact>
        <Fact term={t`Domain`}>{mark(domain_proven, t`Proven`, t`Not proven`)}</Fact>
        <Fact term={t`Role by groups`}>{role === null ? t`No rules: stays as it is` : roleName(String(role))}</Fact>
        <Fact term={t`Groups`}>
          <bdi>{groups.join(', ') || '–'}</bdi>
        </Fact>
        <Fact term={t`Signed in there with`}>
          <bdi>{amr.join(', ') || '–'}</bdi>
        </Fact>
        <Fact term={t`Issuer`}>
          <bdi>{issuer}</bdi>
        </Fact>
        <Fact term={t`Permanent ID`}>
          <bdi>{subject}</bdi>
        </Fact>
      </Facts>
      <h3 className={styles.part}>
        <Trans>All claims</Trans>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={styles.claims} tabIndex={0}>
        {JSON.stringify(claims, null, 2)}
      </pre>
    </div>
  )
}
