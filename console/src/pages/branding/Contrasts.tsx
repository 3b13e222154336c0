/** Whether the chosen colours can be told from what surrounds them, with the ratio. */
import { useLingui } from '@lingui/react/macro'
import { contrastOf, readableOn } from '../../../../src/lib/colours.ts'
import { Status } from '../../components/Status.tsx'
import { number } from '../../lib/format.ts'
import styles from './branding.module.css'
import { coloursOf, type Draft } from './draft.ts'

interface Contrast {
  id: string
  label: string
  ratio: number
  /** By WCAG 2.2: 4.5 for text (1.4.3), 3 for what is no text (1.4.11). */
  needed: number
  words: string
}

/** Behind the buttons of the light sign-in page and of the mails. On the dark page their border tells them apart (pages/sign-in/sign-in.css). */
const CARD = '#ffffff'

export function useContrasts(draft: Draft): Contrast[] {
  const { t } = useLingui()
  const { header, primary } = coloursOf(draft)
  const of = (id: string, label: string, ratio: number, needed: number): Contrast => {
    const [is, least] = [number(Math.floor(ratio * 10) / 10), number(needed)]
    return { id, label, ratio, needed, words: ratio < needed ? t`${is}:1, should be ${least}:1 at least` : `${is}:1` }
  }
  return [
    of('on-header', t`Text on the header`, contrastOf(header, readableOn(header)), 4.5),
    of('on-primary', t`Text on buttons`, contrastOf(primary, readableOn(primary)), 4.5),
    of('light', t`Buttons on the light page`, contrastOf(primary, CARD), 3),
  ]
}

export function Contrasts({ contrasts }: { contrasts: readonly Contrast[] }) {
  const { t } = useLingui()
  return (
    <ul className={styles.contrasts} aria-label={t`Contrast`} aria-live="polite">
      {contrasts.map(({ id, label, ratio, needed, words }) => (
        <li key={id}>
          <span>{label}</span>
          <Status tone={ratio < needed ? 'warn' : 'good'}>{words}</Status>
        </li>
      ))}
    </ul>
  )
}
