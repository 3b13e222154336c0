/** Pages in German. */
import type { Texts } from './text.ts'

const choose = (email: string) => `Wählen Sie ein Passwort. Sie melden sich künftig als ${email} an.`
const ready = 'Ihr Passwort ist gesetzt. Sie können sich jetzt anmelden.'

export const de: Texts = {
  purposes: {
    invitation: { title: 'Einladung annehmen', says: choose, button: 'Annehmen', done: ready },
    activation: { title: 'Zugang aktivieren', says: choose, button: 'Aktivieren', done: ready },
    password_reset: {
      title: 'Neues Passwort wählen',
      says: (email) => `Es ersetzt das Passwort von ${email}. Wo immer Sie angemeldet sind, werden Sie abgemeldet.`,
      button: 'Passwort setzen',
      done: ready,
    },
    email_change: {
      title: 'Neue Adresse bestätigen',
      says: (email) => `Sie melden sich künftig als ${email} an.`,
      button: 'Bestätigen',
      done: 'Die Adresse ist geändert. Verwenden Sie sie bei der nächsten Anmeldung.',
    },
    totp_disable: {
      title: 'Zwei-Schritt-Prüfung ausschalten',
      says: (email) => `${email} meldet sich dann nur noch mit dem Passwort an.`,
      button: 'Ausschalten',
      done: 'Die Zwei-Schritt-Prüfung ist aus. Nach der Anmeldung können Sie sie wieder einschalten.',
    },
  },
  password: 'Neues Passwort',
  again: 'Dasselbe Passwort noch einmal',
  rules: 'Mindestens 12 beliebige Zeichen. Nichts Gängiges, nichts, was Ihrer E-Mail ähnelt, keines Ihrer letzten Passwörter.',
  refusals: {
    too_short: 'Das Passwort ist zu kurz: es braucht mindestens 12 Zeichen.',
    too_long: 'Das Passwort ist zu lang: es darf 128 Zeichen haben.',
    too_common: 'Dieses Passwort ist zu gängig.',
    too_like_email: 'Das Passwort ähnelt Ihrer E-Mail zu sehr.',
    used_before: 'Dieses Passwort hatten Sie schon. Wählen Sie ein anderes.',
    differ: 'Die beiden Passwörter stimmen nicht überein.',
    email_taken: 'Diese Adresse gehört inzwischen jemand anderem.',
  },
  gone: {
    title: 'Dieser Link funktioniert nicht',
    says: 'Ein Link gilt einmal und für begrenzte Zeit. Er wurde verwendet, ist abgelaufen oder durch eine neuere Mail ersetzt. Fordern Sie einen anderen an.',
  },
}
