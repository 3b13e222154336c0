/** Mails in Russian. */
import { type Change, type Language, plural, some, when } from './text.ts'

const ignore = 'Если это были не вы, не обращайте внимания на это письмо: ничего не изменится.'

const changes: Record<Change, string> = {
  email: 'Ваш адрес электронной почты изменён',
  password: 'Ваш пароль изменён',
  two_step_on: 'Двухэтапная проверка включена',
  two_step_off: 'Двухэтапная проверка отключена',
  backup_codes: 'Созданы новые резервные коды',
  passkey_added: 'Добавлен ключ доступа (passkey)',
  passkey_removed: 'Удалён ключ доступа (passkey)',
  token_added: 'Создан API-токен',
  access_ended: 'Все API-токены, ключи доступа и сеансы прекращены',
  locked_down: 'Ваш доступ заблокирован',
  lockdown_lifted: 'Ваш доступ снова открыт',
  unknown: 'Способ вашего входа изменён',
}

export const ru: Language = {
  days: plural('ru', { one: 'день', few: 'дня', many: 'дней', other: 'дня' }),
  hours: plural('ru', { one: 'час', few: 'часа', many: 'часов', other: 'часа' }),
  greeting: (name) => (name ? `Здравствуйте, ${name}!` : 'Здравствуйте!'),
  orOpen: 'Если кнопка не работает, откройте этот адрес:',
  linkWorks: (hours) => `Ссылка одноразовая. Срок её действия: ${hours}.`,
  sentBy: (brand) => `Это письмо отправлено от имени ${brand}.`,
  questions: 'Есть вопросы?',
  mails: {
    invitation: ({ brand, company, role }) => ({
      subject: `Приглашение в ${company || brand}`,
      says: [
        `Вас пригласили в ${company ? `аккаунт «${company}» на ${brand}` : brand}${when(role, ` с ролью «${role}»`)}. Чтобы принять приглашение, задайте пароль.`,
      ],
      button: 'Принять приглашение',
      after: ['Если вы не ждали этого приглашения, не обращайте внимания на это письмо.'],
    }),
    account_invitation: ({ brand, company, role }) => ({
      subject: `Приглашение в ${company || brand}`,
      says: [
        `Вас пригласили в аккаунт «${company}» на ${brand}${when(role, ` с ролью «${role}»`)}.`,
        'Если вы примете приглашение, администраторы аккаунта увидят ваше имя, номер телефона и способ входа. До этого они о вас ничего не видят.',
      ],
      button: 'Принять приглашение',
      after: ['Если вы не ждали этого приглашения, не обращайте внимания на это письмо.'],
    }),
    activation: ({ brand, company }) => ({
      subject: `Активация доступа к ${brand}`,
      says: [`Для вас создан доступ к ${brand}${when(company, ` (${company})`)}. Чтобы активировать его, задайте пароль.`],
      button: 'Задать пароль',
    }),
    password_reset: ({ brand }) => ({
      subject: `Новый пароль для ${brand}`,
      says: [`Для вашего доступа к ${brand} запрошен новый пароль.`],
      button: 'Задать новый пароль',
      after: ['Если это были не вы, не обращайте внимания на это письмо: ваш пароль останется прежним.'],
    }),
    email_change: ({ brand, email }) => ({
      subject: `Подтвердите новый адрес для ${brand}`,
      says: [`Вы хотите входить в ${brand} ${email ? `как ${email}` : 'с этим адресом'}. Пожалуйста, подтвердите это.`],
      button: 'Подтвердить адрес',
      after: [ignore],
    }),
    email_change_notice: ({ brand, email, requested_by, until }) =>
      requested_by
        ? {
            subject: `${brand}: ваш адрес электронной почты будет изменён`,
            says: [
              `По запросу ${requested_by} вы будете входить в ${brand} ${email ? `как ${email}` : 'с другим адресом'}.`,
              `Если вы не согласны, отмените изменение${when(until, ` до ${until}`)}. Если согласны, его можно разрешить сразу; иначе оно вступит в силу по истечении этого срока.`,
            ],
            button: 'Отменить или разрешить изменение',
          }
        : {
            subject: `${brand}: запрошено изменение адреса электронной почты`,
            says: [`Запрошено изменение адреса, с которым вы входите в ${brand}.`],
            button: 'Отменить изменение',
            after: [
              'Если это были вы, ничего делать не нужно. Если нет, отмените изменение и задайте новый пароль: возможно, ваш кому-то известен.',
            ],
          },
    totp_disable: ({ brand }) => ({
      subject: `Отключение двухэтапной проверки на ${brand}`,
      says: [`Получен запрос на отключение двухэтапной проверки для вашего доступа к ${brand}.`],
      button: 'Отключить',
      after: ['Если это были не вы, не обращайте внимания на это письмо и смените пароль: возможно, его знает кто-то ещё.'],
    }),
    account_deletion: ({ brand, company }) => ({
      subject: `Подтвердите удаление аккаунта${when(company, ` «${company}»`)}`,
      says: [
        `Вы попросили удалить аккаунт${when(company, ` «${company}»`)} на ${brand}. После подтверждения он будет приостановлен до удаления.`,
      ],
      button: 'Запросить удаление',
      after: [
        'Если это были не вы, не обращайте внимания на это письмо и свяжитесь с нами: возможно, под вашим именем вошёл кто-то другой.',
      ],
    }),
    trial_began: ({ product, company, days }) => ({
      subject: `Пробный период ${product} начался`,
      says: some(
        `Начался пробный период ${product}${when(company, ` для аккаунта «${company}»`)}.`,
        when(days, `Он бесплатный и закончится через ${days}.`),
      ),
    }),
    trial_ends_soon: ({ product, company, days, date }) => ({
      subject: `Пробный период ${product} закончится ${days ? `через ${days}` : 'скоро'}`,
      says: [
        `Пробный период ${product}${when(company, ` для аккаунта «${company}»`)} закончится ${days ? `через ${days}` : 'скоро'}${when(date, `, ${date}`)}.`,
        'Если вы хотите продолжить, свяжитесь с нами до этого времени.',
      ],
    }),
    trial_ended: ({ product, company, days }) => ({
      subject: `Пробный период ${product} закончился`,
      says: some(
        `Пробный период ${product}${when(company, ` для аккаунта «${company}»`)} закончился.`,
        when(days, `Данные будут удалены через ${days}. Если вы хотите продолжить, свяжитесь с нами до этого времени.`),
      ),
    }),
    token_expires_soon: ({ token, company, email, days, date }) => ({
      subject: `Срок действия API-токена «${token}» истекает ${days ? `через ${days}` : 'скоро'}`,
      says: some(
        `Срок действия API-токена «${token}»${when(company, ` аккаунта «${company}»`)} истекает ${days ? `через ${days}` : 'скоро'}${when(date, `, ${date}`)}. После этого он не будет приниматься.`,
        when(email, `Его создал пользователь ${email}.`),
        'Если он ещё нужен, создайте новый и замените его.',
      ),
    }),
    password_expires_soon: ({ brand, days, date }) => ({
      subject: `Срок действия вашего пароля истекает ${days ? `через ${days}` : 'скоро'}`,
      says: [
        `Срок действия вашего пароля для ${brand} истекает ${days ? `через ${days}` : 'скоро'}${when(date, `, ${date}`)}. Пожалуйста, задайте новый до этого времени.`,
      ],
    }),
    failed_logins: ({ brand, attempts, emails, addresses, since, until }) => ({
      subject: `Неудачные попытки входа на ${brand}`,
      says: [`Были неудачные попытки входа${when(attempts, `: ${attempts}`)}${when(since, `, с ${since} по ${until}`)}.`],
      list: some(when(emails, `Пользователи: ${emails}`), when(addresses, `Откуда: ${addresses}`)),
      after: ['Вы получили это письмо, потому что ваш адрес указан в настройках уведомлений.'],
    }),
    deletion_request: ({ company, account, requested_by }) => ({
      subject: `Запрошено удаление аккаунта «${company}»`,
      says: [
        `Запрошено удаление аккаунта «${company}»${when(account, ` (${account})`)}.${when(requested_by, ` Кто запросил: ${requested_by}.`)}`,
      ],
      after: ['Вы получили это письмо, потому что ваш адрес указан в настройках уведомлений.'],
    }),
    security_changed: ({ brand, change, token, tokens, passkeys, at, addresses, reason }) => ({
      subject: `${brand}: ${changes[change]}`,
      says: [`${changes[change]}. Это касается вашего доступа к ${brand}.`],
      list: some(
        when(token, `Токен: ${token}`),
        when(reason, `Причина: ${reason}`),
        when(at, `Когда: ${at}`),
        when(addresses, `Откуда: ${addresses}`),
        when(tokens, `API-токены, которые продолжают работать: ${tokens}`),
        when(passkeys, `Ключи доступа (passkey), которые продолжают работать: ${passkeys}`),
      ),
      ...((tokens || passkeys) && { button: 'Прекратить все API-токены и ключи доступа' }),
      after: [
        change === 'email'
          ? 'С этим адресом больше нельзя войти, и письма о вашем доступе сюда больше не приходят. Если вы с этим не согласны, немедленно свяжитесь с нами: новый пароль можно запросить только на другой адрес.'
          : 'Если это сделали не вы и с вами это не согласовано, немедленно запросите новый пароль и свяжитесь с нами: возможно, вошёл кто-то другой.',
      ],
    }),
    wrong_codes: ({ brand, attempts, at, addresses }) => ({
      subject: `${brand}: кто-то знает ваш пароль`,
      says: [
        `Для ${brand} был введён ваш верный пароль, а затем неверный код${when(attempts, ` (попыток подряд: ${attempts})`)}. Вход не состоялся.`,
      ],
      list: some(when(at, `Когда: ${at}`), when(addresses, `Откуда: ${addresses}`)),
      after: ['Если это были не вы, сразу смените пароль: тогда прекратятся и эти попытки.'],
    }),
    sso_exception: ({ brand, email, provider, at, addresses }) => ({
      subject: `${brand}: вход в обход ${provider || 'поставщика удостоверений'}${when(email, ` (${email})`)}`,
      says: [
        `${email || 'Кто-то'}: выполнен вход в ${brand} в порядке исключения, хотя вход через ${provider ? `«${provider}»` : 'поставщика удостоверений'} обязателен.`,
      ],
      list: some(when(at, `Когда: ${at}`), when(addresses, `Откуда: ${addresses}`)),
      after: ['Вы получили это письмо как администратор. Если причины для этого не было, завершите сеансы этого пользователя.'],
    }),
    sso_in_place_of_password: ({ brand, provider }) => ({
      subject: `Вход в ${brand} через ${provider || 'вашу компанию'}`,
      says: [
        `Для ${brand} был запрошен сброс вашего пароля. Вы входите туда не по паролю, а через ${provider ? `«${provider}»` : 'поставщика удостоверений вашей компании'}.`,
      ],
      after: ['Если это были не вы, не обращайте внимания на это письмо.'],
    }),
    test: ({ brand }) => ({
      subject: `Тестовое письмо: ${brand}`,
      says: ['Так выглядят ваши письма. Если вы это читаете, почтовый сервер работает.'],
    }),
  },
}
