/** Pages in German. */
import type { Texts } from './text.ts'

const choose = (email: string) => `Wählen Sie ein Passwort. Sie melden sich künftig als ${email} an.`
const ready = 'Ihr Passwort ist gesetzt. Sie können sich jetzt anmelden.'

export const de: Texts = {
  purposes: {
    invitation: { title: 'Einladung annehmen', says: choose, button: 'Annehmen', done: ready },
    account_invitation: {
      title: 'Einladung annehmen',
      says: (company) =>
        `Sie gehören dann zum Konto „${company}“, und seine Administratoren sehen Ihren Namen, Ihre Telefonnummer und wie Sie sich anmelden. Sie können es jederzeit verlassen.`,
      button: 'Annehmen',
      done: 'Sie gehören jetzt zu diesem Konto. Melden Sie sich wie bisher an, um darin zu arbeiten.',
    },
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
    email_change_notice: {
      title: 'Änderung Ihrer E-Mail-Adresse',
      says: (email) => `Sie würden sich künftig als ${email} anmelden. Wenn Sie nicht einverstanden sind, stoppen Sie die Änderung.`,
      button: 'Änderung stoppen',
      done: 'Die Änderung ist gestoppt. Sie melden sich weiterhin mit der bisherigen Adresse an.',
    },
    end_access: {
      title: 'Alle API-Tokens und Passkeys beenden',
      says: (email) =>
        `Alle API-Tokens und Passkeys von ${email} funktionieren dann nicht mehr, was auch immer sie verwendet, und alle Sitzungen enden.`,
      button: 'Alle beenden',
      done: 'Sie funktionieren nicht mehr. Melden Sie sich mit Ihrem Passwort an und legen Sie die an, die Sie brauchen.',
    },
    account_deletion: {
      title: 'Löschung des Kontos beantragen',
      says: (company) =>
        `Das Konto „${company}“ wird bis zur Löschung ausgesetzt. Seine Administratoren können den Antrag bis dahin zurückziehen.`,
      button: 'Löschung beantragen',
      done: 'Die Löschung des Kontos ist beantragt.',
    },
    totp_disable: {
      title: 'Zwei-Schritt-Prüfung ausschalten',
      says: (email) => `${email} meldet sich dann nur noch mit dem Passwort an.`,
      button: 'Ausschalten',
      done: 'Die Zwei-Schritt-Prüfung ist aus. Nach der Anmeldung können Sie sie wieder einschalten.',
    },
  },
  accessLeft: 'API-Tokens und Passkeys funktionieren weiter. Wenn Sie nicht alle kennen, beenden Sie sie.',
  ownChange: 'Sie würden sich künftig mit einer anderen Adresse anmelden. Wenn Sie das nicht veranlasst haben, stoppen Sie die Änderung.',
  allow: 'Jetzt zulassen',
  waits:
    'Diese Adresse ist bestätigt. Sie können sich mit ihr anmelden, sobald die bisherige Adresse zustimmt oder drei Tage ohne Einspruch von dort vergangen sind.',
  allowed: 'Sie haben zugestimmt. Die Änderung gilt, sobald auch die neue Adresse bestätigt ist.',
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
  onwards: (name) => `Weiter zu ${name}`,
  gone: {
    title: 'Dieser Link funktioniert nicht',
    says: 'Ein Link gilt einmal und für begrenzte Zeit. Er wurde verwendet, ist abgelaufen oder durch eine neuere Mail ersetzt. Fordern Sie dort, wo Sie sich anmelden, einen neuen an, oder wenden Sie sich an die Person, die Sie eingeladen hat, oder an den Support Ihres Anbieters.',
  },
}
