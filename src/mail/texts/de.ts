/** Mails in German. */
import { type Change, type Language, plural, some, when } from './text.ts'

const ignore = 'Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht: Es ändert sich nichts.'

const changes: Record<Change, string> = {
  email: 'Ihre E-Mail-Adresse wurde geändert',
  password: 'Ihr Passwort wurde geändert',
  two_step_on: 'Die Bestätigung in zwei Schritten wurde eingeschaltet',
  two_step_off: 'Die Bestätigung in zwei Schritten wurde ausgeschaltet',
  backup_codes: 'Es wurden neue Backup-Codes erstellt',
  passkey_added: 'Ein Passkey wurde hinzugefügt',
  passkey_removed: 'Ein Passkey wurde entfernt',
  token_added: 'Ein API-Token wurde erstellt',
  access_ended: 'Alle API-Tokens, Passkeys und Sitzungen wurden beendet',
  locked_down: 'Ihr Zugang wurde gesperrt',
  lockdown_lifted: 'Ihr Zugang wurde wieder freigegeben',
  identity_linked: 'Eine Anmeldung über einen Identitätsanbieter wurde hinzugefügt',
  identity_removed: 'Eine Anmeldung über einen Identitätsanbieter wurde entfernt',
  unknown: 'Ihre Anmeldung wurde geändert',
}

export const de: Language = {
  days: plural('de', { one: 'Tag', other: 'Tagen' }),
  hours: plural('de', { one: 'Stunde', other: 'Stunden' }),
  greeting: (name) => (name ? `Guten Tag ${name},` : 'Guten Tag,'),
  orOpen: 'Wenn die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:',
  linkWorks: (hours) => `Der Link funktioniert einmal und ist ${hours} lang gültig.`,
  sentBy: (brand) => `Diese E-Mail hat ${brand} gesendet.`,
  questions: 'Fragen?',
  mails: {
    invitation: ({ brand, company, role }) => ({
      subject: `Einladung zu ${company || brand}`,
      says: [
        `Sie sind ${company ? `in das Konto „${company}“ bei ${brand}` : `zu ${brand}`} eingeladen${when(role, `, mit der Rolle „${role}“`)}. Um die Einladung anzunehmen, legen Sie ein Passwort fest.`,
      ],
      button: 'Einladung annehmen',
      after: ['Wenn Sie diese Einladung nicht erwarten, beachten Sie diese E-Mail nicht.'],
    }),
    account_invitation: ({ brand, company, role }) => ({
      subject: `Einladung zu ${company || brand}`,
      says: [
        `Sie sind in das Konto „${company}“ bei ${brand} eingeladen${when(role, `, mit der Rolle „${role}“`)}.`,
        'Wenn Sie annehmen, sehen die Administratoren des Kontos Ihren Namen, Ihre Telefonnummer und wie Sie sich anmelden. Bis dahin sehen sie nichts von Ihnen.',
      ],
      button: 'Einladung annehmen',
      after: ['Wenn Sie diese Einladung nicht erwarten, beachten Sie diese E-Mail nicht.'],
    }),
    activation: ({ brand, company }) => ({
      subject: `Ihr Zugang zu ${brand}`,
      says: [
        `Für Sie wurde ein Zugang zu ${brand} angelegt${when(company, `, bei „${company}“`)}. Legen Sie ein Passwort fest, um ihn zu aktivieren.`,
      ],
      button: 'Passwort festlegen',
    }),
    password_reset: ({ brand }) => ({
      subject: `Neues Passwort für ${brand}`,
      says: [`Für Ihren Zugang zu ${brand} wurde ein neues Passwort angefordert.`],
      button: 'Neues Passwort festlegen',
      after: ['Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht: Ihr Passwort bleibt, wie es ist.'],
    }),
    email_change: ({ brand, email }) => ({
      subject: `Bestätigen Sie Ihre neue Adresse für ${brand}`,
      says: [`Sie möchten sich künftig ${email ? `als ${email}` : 'mit dieser Adresse'} bei ${brand} anmelden. Bitte bestätigen Sie das.`],
      button: 'Adresse bestätigen',
      after: [ignore],
    }),
    email_change_notice: ({ brand, email, requested_by, until }) =>
      requested_by
        ? {
            subject: `${brand}: Ihre E-Mail-Adresse soll geändert werden`,
            says: [
              `${requested_by} hat veranlasst, dass Sie sich künftig ${email ? `als ${email}` : 'mit einer anderen Adresse'} bei ${brand} anmelden.`,
              `Wenn Sie nicht einverstanden sind, stoppen Sie die Änderung${when(until, ` vor ${until}`)}. Wenn Sie einverstanden sind, können Sie sie sofort zulassen; sonst gilt sie nach dieser Zeit.`,
            ],
            button: 'Änderung stoppen oder zulassen',
          }
        : {
            subject: `${brand}: Änderung Ihrer E-Mail-Adresse angefordert`,
            says: [`Für Ihren Zugang zu ${brand} wurde eine andere E-Mail-Adresse angefordert.`],
            button: 'Änderung stoppen',
            after: [
              'Wenn Sie das waren, müssen Sie nichts tun. Andernfalls stoppen Sie die Änderung und legen Sie ein neues Passwort fest: Vielleicht kennt jemand anderes das bisherige.',
            ],
          },
    totp_disable: ({ brand }) => ({
      subject: `Bestätigung in zwei Schritten bei ${brand} ausschalten`,
      says: [`Für Ihren Zugang zu ${brand} soll die Bestätigung in zwei Schritten ausgeschaltet werden.`],
      button: 'Ausschalten',
      after: ['Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht und ändern Sie Ihr Passwort: Vielleicht kennt es jemand anderes.'],
    }),
    account_deletion: ({ brand, company }) => ({
      subject: `Löschung des Kontos${when(company, ` „${company}“`)} bestätigen`,
      says: [
        `Sie haben bei ${brand} darum gebeten, das Konto${when(company, ` „${company}“`)} zu löschen. Sobald Sie das bestätigen, wird es bis zur Löschung ausgesetzt.`,
      ],
      button: 'Löschung beantragen',
      after: [
        'Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht und wenden Sie sich an uns: Vielleicht ist jemand anderes in Ihrem Namen angemeldet.',
      ],
    }),
    trial_began: ({ product, company, days }) => ({
      subject: `Ihr Test von ${product} hat begonnen`,
      says: some(
        `Der Test von ${product} hat begonnen${when(company, ` – für das Konto „${company}“`)}.`,
        when(days, `Er endet in ${days} und ist kostenlos.`),
      ),
    }),
    trial_ends_soon: ({ product, company, days, date }) => ({
      subject: `Ihr Test von ${product} endet ${days ? `in ${days}` : 'bald'}`,
      says: [
        `Der Test von ${product}${when(company, ` für das Konto „${company}“`)} endet ${days ? `in ${days}` : 'bald'}${when(date, `, am ${date}`)}.`,
        'Wenn Sie weitermachen möchten, wenden Sie sich bitte vorher an uns.',
      ],
    }),
    trial_ended: ({ product, company, days }) => ({
      subject: `Ihr Test von ${product} ist zu Ende`,
      says: some(
        `Der Test von ${product}${when(company, ` für das Konto „${company}“`)} ist zu Ende.`,
        when(days, `In ${days} werden die Inhalte gelöscht. Wenn Sie weitermachen möchten, wenden Sie sich bitte vorher an uns.`),
      ),
    }),
    token_expires_soon: ({ token, company, email, days, date }) => ({
      subject: `Der API-Token „${token}“ läuft ${days ? `in ${days}` : 'bald'} ab`,
      says: some(
        `Der API-Token „${token}“${when(company, ` des Kontos „${company}“`)} läuft ${days ? `in ${days}` : 'bald'}${when(date, `, am ${date},`)} ab. Danach wird er nicht mehr angenommen.`,
        when(email, `Angelegt hat ihn ${email}.`),
        'Wenn er noch gebraucht wird, legen Sie einen neuen an und setzen Sie ihn an seine Stelle.',
      ),
    }),
    certificate_ends_soon: ({ provider, company, days, date }) => ({
      subject: `Das Zertifikat von „${provider}“ läuft ${days ? `in ${days}` : 'bald'} ab`,
      says: some(
        `Das letzte Zertifikat des Identitätsanbieters „${provider}“${when(company, ` des Kontos „${company}“`)} läuft ${days ? `in ${days}` : 'bald'}${when(date, `, am ${date},`)} ab. Danach kann sich darüber niemand mehr anmelden.`,
        'Erstellen Sie beim Anbieter ein neues Zertifikat und tragen Sie es hier neben dem jetzigen ein, bevor Sie dort umstellen. Werden die Metadaten von einer Adresse gelesen, genügt es, sie dort zu veröffentlichen.',
      ),
    }),
    password_expires_soon: ({ brand, days, date }) => ({
      subject: `Ihr Passwort läuft ${days ? `in ${days}` : 'bald'} ab`,
      says: [
        `Ihr Passwort für ${brand} läuft ${days ? `in ${days}` : 'bald'}${when(date, `, am ${date},`)} ab. Bitte legen Sie vorher ein neues fest.`,
      ],
    }),
    failed_logins: ({ brand, attempts, emails, addresses, since, until }) => ({
      subject: `Fehlgeschlagene Anmeldungen bei ${brand}`,
      says: [
        `Es gab fehlgeschlagene Versuche, sich anzumelden${when(attempts, `: ${attempts}`)}${when(since, `, zwischen ${since} und ${until}`)}.`,
      ],
      list: some(when(emails, `Für wen: ${emails}`), when(addresses, `Von wo: ${addresses}`)),
      after: ['Sie erhalten diese E-Mail, weil Ihre Adresse in den Benachrichtigungen eingetragen ist.'],
    }),
    deletion_request: ({ company, account, requested_by }) => ({
      subject: `Löschung des Kontos „${company}“ beantragt`,
      says: [
        `Die Löschung des Kontos „${company}“${when(account, ` (${account})`)} wurde beantragt${when(requested_by, `, von ${requested_by}`)}.`,
      ],
      after: ['Sie erhalten diese E-Mail, weil Ihre Adresse in den Benachrichtigungen eingetragen ist.'],
    }),
    security_changed: ({ brand, change, token, tokens, passkeys, at, addresses, reason }) => ({
      subject: `${brand}: ${changes[change]}`,
      says: [`${changes[change]}. Es geht um Ihren Zugang zu ${brand}.`],
      list: some(
        when(token, `Token: ${token}`),
        when(reason, `Grund: ${reason}`),
        when(at, `Wann: ${at}`),
        when(addresses, `Von wo: ${addresses}`),
        when(tokens, `API-Tokens, die weiter funktionieren: ${tokens}`),
        when(passkeys, `Passkeys, die weiter funktionieren: ${passkeys}`),
      ),
      ...((tokens || passkeys) && { button: 'Alle API-Tokens und Passkeys beenden' }),
      after: [
        change === 'email'
          ? 'Mit dieser Adresse können Sie sich nicht mehr anmelden, und E-Mails zu Ihrem Zugang kommen nicht mehr hierher. Wenn Sie damit nicht einverstanden sind, wenden Sie sich bitte sofort an uns: Ein neues Passwort ginge an die andere Adresse.'
          : 'Wenn das weder von Ihnen kam noch mit Ihnen abgesprochen war, fordern Sie bitte sofort ein neues Passwort an und wenden Sie sich an uns: Vielleicht hat sich jemand anderes angemeldet.',
      ],
    }),
    wrong_codes: ({ brand, attempts, at, addresses }) => ({
      subject: `${brand}: Jemand kennt Ihr Passwort`,
      says: [
        `Bei ${brand} wurde Ihr richtiges Passwort eingegeben und danach ein falscher Code${when(attempts, `, ${attempts}-mal in Folge`)}. Angemeldet wurde niemand.`,
      ],
      list: some(when(at, `Wann: ${at}`), when(addresses, `Von wo: ${addresses}`)),
      after: ['Wenn Sie das nicht waren, wählen Sie sofort ein anderes Passwort: Damit enden auch diese Versuche.'],
    }),
    sso_exception: ({ brand, email, provider, at, addresses }) => ({
      subject: `${brand}: Anmeldung ohne ${provider || 'Identitätsanbieter'}${when(email, ` (${email})`)}`,
      says: [
        `${email || 'Jemand'} hat sich als Ausnahme bei ${brand} angemeldet, obwohl ${provider ? `„${provider}“` : 'ein Identitätsanbieter'} vorgeschrieben ist.`,
      ],
      list: some(when(at, `Wann: ${at}`), when(addresses, `Von wo: ${addresses}`)),
      after: ['Sie erhalten diese E-Mail als Administrator. Gab es keinen Grund dafür, beenden Sie die Sitzungen dieses Benutzers.'],
    }),
    sso_in_place_of_password: ({ brand, provider }) => ({
      subject: `Bei ${brand} mit ${provider || 'Ihrem Unternehmen'} anmelden`,
      says: [
        `Für Ihren Zugang zu ${brand} wurde ein neues Passwort angefordert. Sie melden sich dort nicht mit einem Passwort an, sondern mit ${provider ? `„${provider}“` : 'dem Identitätsanbieter Ihres Unternehmens'}.`,
      ],
      after: ['Wenn Sie das nicht waren, ignorieren Sie diese E-Mail.'],
    }),
    test: ({ brand }) => ({
      subject: `Test-E-Mail von ${brand}`,
      says: ['So sehen Ihre E-Mails aus. Wer das liest, hat einen Mailserver, der funktioniert.'],
    }),
  },
}
