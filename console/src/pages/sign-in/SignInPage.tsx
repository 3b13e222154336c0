/** @jsxImportSource preact */
/** The frame of the sign-in page, and which of its steps is shown. */
import { i18n } from '@lingui/core'
import { t } from '@lingui/core/macro'
import { useEffect, useState } from 'preact/hooks'
import type { Session } from '../../api/session.ts'
import { chooseLanguage } from '../../lib/i18n.ts'
import { isLanguage, languages } from '../../lib/languages.ts'
import { ChooseAccount } from './ChooseAccount.tsx'
import { Company } from './Company.tsx'
import { Forgot } from './Forgot.tsx'
import { Join } from './Join.tsx'
import { type Brand, nextPage, type Provider } from './main.tsx'
import { SignIn } from './SignIn.tsx'

export type Step = 'sign-in' | 'company' | 'join' | 'forgot' | 'choose'

interface Props {
  brand: Brand | undefined
  providers: readonly Provider[]
  first: Step
  /** Whether the user asked to switch the account. */
  chooses: boolean
  /** Why an identity provider signed nobody in: `?sso_error=`. */
  refused: string | undefined
}

export function SignInPage({ brand, providers, first, chooses, refused }: Props) {
  const [step, setStep] = useState<Step>(first)
  const [email, setEmail] = useState('')
  const [language, setLanguage] = useState(i18n.locale)
  useEffect(() => i18n.on('change', () => setLanguage(i18n.locale)), [])

  const signedIn = (session: Session | undefined) => {
    if (session?.caller.kind === 'client') setStep('choose')
    else location.assign(nextPage())
  }
  return (
    <div class="page" key={language}>
      <header>
        {brand?.logo && <img src={brand.logo} alt="" />}
        <span>{brand?.name}</span>
      </header>
      <main>
        {step === 'sign-in' && (
          <SignIn
            passkeys={brand?.passkeys ?? false}
            providers={providers}
            refused={refused}
            email={email}
            setEmail={setEmail}
            done={signedIn}
            forgot={() => setStep('forgot')}
            company={() => setStep('company')}
          />
        )}
        {step === 'company' && <Company back={() => setStep('sign-in')} />}
        {step === 'join' && <Join done={signedIn} back={() => setStep('sign-in')} />}
        {step === 'forgot' && <Forgot email={email} setEmail={setEmail} back={() => setStep('sign-in')} />}
        {step === 'choose' && <ChooseAccount asked={chooses} />}
      </main>
      <footer>
        <Support brand={brand} />
        <label>
          <span class="hidden">{t`Language`}</span>
          <select value={language} onChange={({ currentTarget: { value } }) => isLanguage(value) && chooseLanguage(value)}>
            {Object.entries(languages)
              .filter(([code]) => !brand || brand.languages.some((one) => one === code))
              .map(([code, name]) => (
                <option key={code} value={code} lang={code}>
                  {name}
                </option>
              ))}
          </select>
        </label>
      </footer>
    </div>
  )
}

function Support({ brand }: { brand: Brand | undefined }) {
  if (!brand) return null
  const { website, agreement, status_page, email, phone } = brand.support
  const links = [
    [website, t`Website`],
    [agreement, t`User agreement`],
    [status_page, t`Status`],
    [email && `mailto:${email}`, t`Support`],
    [phone && `tel:${phone.replace(/[^+\d]/g, '')}`, phone ?? ''],
  ] as const
  return <nav aria-label={t`Support`}>{links.map(([href, label]) => href && <a href={href}>{label}</a>)}</nav>
}
