/** Mails in Azerbaijani. */
import { type Change, type Language, plural, some, when } from './text.ts'

const ignore = 'Bunu siz etməmisinizsə, bu məktuba əhəmiyyət verməyin: heç nə dəyişməyəcək.'

const changes: Record<Change, string> = {
  email: 'E-poçt ünvanınız dəyişdirildi',
  password: 'Şifrəniz dəyişdirildi',
  two_step_on: 'İki mərhələli doğrulama qoşuldu',
  two_step_off: 'İki mərhələli doğrulama söndürüldü',
  backup_codes: 'Yeni ehtiyat kodları yaradıldı',
  passkey_added: 'Giriş açarı (passkey) əlavə edildi',
  passkey_removed: 'Giriş açarı (passkey) silindi',
  token_added: 'API tokeni yaradılıb',
  access_ended: 'Bütün API tokenlər, giriş açarları və sessiyalar dayandırılıb',
  locked_down: 'Girişiniz bağlanıb',
  lockdown_lifted: 'Girişiniz yenidən açılıb',
  identity_linked: 'Kimlik provayderi ilə giriş əlavə edildi',
  identity_removed: 'Kimlik provayderi ilə giriş silindi',
  unknown: 'Giriş üsulunuz dəyişdirildi',
}

export const az: Language = {
  days: plural('az', { other: 'gün' }),
  hours: plural('az', { other: 'saat' }),
  greeting: (name) => (name ? `Salam, ${name}!` : 'Salam!'),
  orOpen: 'Düymə işləmirsə, bu ünvanı açın:',
  linkWorks: (hours) => `Keçid yalnız bir dəfə işləyir və ${hours} qüvvədədir.`,
  sentBy: (brand) => `Bu məktubu ${brand} göndərib.`,
  questions: 'Sualınız var?',
  mails: {
    invitation: ({ brand, company, role }) => ({
      subject: `Dəvət: ${company || brand}`,
      says: [
        `Siz ${company ? `${brand} platformasında “${company}” hesabına` : `${brand} platformasına`} dəvət olunmusunuz${when(role, ` (rol: “${role}”)`)}. Dəvəti qəbul etmək üçün şifrə təyin edin.`,
      ],
      button: 'Dəvəti qəbul et',
      after: ['Bu dəvəti gözləmirdinizsə, məktuba əhəmiyyət verməyin.'],
    }),
    account_invitation: ({ brand, company, role }) => ({
      subject: `Dəvət: ${company || brand}`,
      says: [
        `Siz ${brand} platformasında “${company}” hesabına dəvət olunmusunuz${when(role, ` (rol: “${role}”)`)}.`,
        'Dəvəti qəbul etsəniz, hesabın administratorları adınızı, telefon nömrənizi və sistemə necə daxil olduğunuzu görəcəklər. O vaxta qədər sizin haqqınızda heç nə görmürlər.',
      ],
      button: 'Dəvəti qəbul et',
      after: ['Bu dəvəti gözləmirdinizsə, məktuba əhəmiyyət verməyin.'],
    }),
    activation: ({ brand, company }) => ({
      subject: `Girişinizi aktivləşdirin: ${brand}`,
      says: [
        `${brand} platformasında sizin üçün giriş yaradıldı${when(company, ` (${company})`)}. Onu aktivləşdirmək üçün şifrə təyin edin.`,
      ],
      button: 'Şifrə təyin et',
    }),
    password_reset: ({ brand }) => ({
      subject: `Yeni şifrə: ${brand}`,
      says: [`${brand} platformasındakı girişiniz üçün yeni şifrə istənilib.`],
      button: 'Yeni şifrə təyin et',
      after: ['Bunu siz etməmisinizsə, məktuba əhəmiyyət verməyin: şifrəniz olduğu kimi qalır.'],
    }),
    email_change: ({ brand, email }) => ({
      subject: `Yeni ünvanınızı təsdiqləyin: ${brand}`,
      says: [`Bundan sonra ${brand} platformasına ${email || 'bu ünvan'} ilə daxil olmaq istəyirsiniz. Zəhmət olmasa, təsdiqləyin.`],
      button: 'Ünvanı təsdiqlə',
      after: [ignore],
    }),
    email_change_notice: ({ brand, email, requested_by, until }) =>
      requested_by
        ? {
            subject: `${brand}: e-poçt ünvanınız dəyişdiriləcək`,
            says: [
              `${requested_by} bundan sonra ${brand} platformasına ${email || 'başqa ünvan'} ilə daxil olmağınızı istəyib.`,
              `Razı deyilsinizsə, dəyişikliyi dayandırın${when(until, ` (son vaxt: ${until})`)}. Razısınızsa, ona dərhal icazə verə bilərsiniz; əks halda dəyişiklik bu müddətdən sonra qüvvəyə minəcək.`,
            ],
            button: 'Dəyişikliyi dayandır və ya icazə ver',
          }
        : {
            subject: `${brand}: e-poçt ünvanının dəyişdirilməsi istənilib`,
            says: [`${brand} platformasına daxil olduğunuz ünvanın dəyişdirilməsi istənilib.`],
            button: 'Dəyişikliyi dayandır',
            after: [
              'Bunu siz etmisinizsə, heç nə etmək lazım deyil. Siz etməmisinizsə, dəyişikliyi dayandırın və yeni şifrə təyin edin: köhnəsini başqası bilə bilər.',
            ],
          },
    totp_disable: ({ brand }) => ({
      subject: `İki mərhələli doğrulamanın söndürülməsi: ${brand}`,
      says: [`${brand} platformasındakı girişiniz üçün iki mərhələli doğrulamanın söndürülməsi istənilib.`],
      button: 'Söndür',
      after: ['Bunu siz etməmisinizsə, məktuba əhəmiyyət verməyin və şifrənizi dəyişin: onu başqası bilə bilər.'],
    }),
    account_deletion: ({ brand, company }) => ({
      subject: `${when(company, `“${company}” `)}hesabının silinməsini təsdiqləyin`,
      says: [
        `Siz ${brand} platformasında ${when(company, `“${company}” `)}hesabının silinməsini istəmisiniz. Təsdiqlədikdən sonra hesab silinənədək dayandırılacaq.`,
      ],
      button: 'Silinməni istə',
      after: [
        'Bunu siz etməmisinizsə, məktuba əhəmiyyət verməyin və bizimlə əlaqə saxlayın: başqası sizin adınızdan daxil olmuş ola bilər.',
      ],
    }),
    trial_began: ({ product, company, days }) => ({
      subject: `${product}: sınaq müddəti başladı`,
      says: some(
        `${product} üçün sınaq müddəti başladı${when(company, ` (hesab: “${company}”)`)}.`,
        when(days, `Ondan ${days} pulsuz istifadə edə bilərsiniz.`),
      ),
    }),
    trial_ends_soon: ({ product, company, days, date }) => ({
      subject: `${product}: sınaq müddəti ${days ? `${days} sonra` : 'tezliklə'} bitir`,
      says: [
        `${product} üçün sınaq müddəti${when(company, ` (hesab: “${company}”)`)} ${days ? `${days} sonra` : 'tezliklə'} bitir${when(date, `: ${date}`)}.`,
        'Davam etmək istəyirsinizsə, ondan əvvəl bizimlə əlaqə saxlayın.',
      ],
    }),
    trial_ended: ({ product, company, days }) => ({
      subject: `${product}: sınaq müddəti bitdi`,
      says: some(
        `${product} üçün sınaq müddəti${when(company, ` (hesab: “${company}”)`)} bitdi.`,
        when(days, `Məlumatlar ${days} sonra silinəcək. Davam etmək istəyirsinizsə, ondan əvvəl bizimlə əlaqə saxlayın.`),
      ),
    }),
    token_expires_soon: ({ token, company, email, days, date }) => ({
      subject: `“${token}” API tokeninin müddəti ${days ? `${days} sonra` : 'tezliklə'} bitir`,
      says: some(
        `“${token}” API tokeninin müddəti${when(company, ` (hesab: “${company}”)`)} ${days ? `${days} sonra` : 'tezliklə'} bitir${when(date, `: ${date}`)}. Bundan sonra o qəbul edilməyəcək.`,
        when(email, `Onu ${email} yaradıb.`),
        'O hələ lazımdırsa, yenisini yaradın və onu əvəz edin.',
      ),
    }),
    certificate_ends_soon: ({ provider, company, days, date }) => ({
      subject: `“${provider}” sertifikatının müddəti ${days ? `${days} sonra` : 'tezliklə'} bitir`,
      says: some(
        `“${provider}” kimlik provayderinin son sertifikatının müddəti${when(company, ` (hesab: “${company}”)`)} ${days ? `${days} sonra` : 'tezliklə'} bitir${when(date, `: ${date}`)}. Bundan sonra onunla heç kim daxil ola bilməyəcək.`,
        'Provayderdə yeni sertifikat yaradın və orada keçid etməzdən əvvəl onu burada indikinin yanına əlavə edin. Metaməlumat ünvandan oxunursa, onu orada dərc etmək kifayətdir.',
      ),
    }),
    password_expires_soon: ({ brand, days, date }) => ({
      subject: `Şifrənizin müddəti ${days ? `${days} sonra` : 'tezliklə'} bitir`,
      says: [
        `${brand} platformasındakı şifrənizin müddəti ${days ? `${days} sonra` : 'tezliklə'} bitir${when(date, `: ${date}`)}. Zəhmət olmasa, ondan əvvəl yenisini təyin edin.`,
      ],
    }),
    failed_logins: ({ brand, attempts, emails, addresses, since, until }) => ({
      subject: `Uğursuz giriş cəhdləri: ${brand}`,
      says: [`Uğursuz giriş cəhdləri olub${when(attempts, `: ${attempts}`)}${when(since, ` (${since} – ${until})`)}.`],
      list: some(when(emails, `İstifadəçilər: ${emails}`), when(addresses, `Haradan: ${addresses}`)),
      after: ['Bu məktubu ünvanınız bildiriş parametrlərində göstərildiyi üçün alırsınız.'],
    }),
    deletion_request: ({ company, account, requested_by }) => ({
      subject: `“${company}” hesabının silinməsi istənilib`,
      says: [
        `“${company}” hesabının${when(account, ` (${account})`)} silinməsi istənilib.${when(requested_by, ` İstəyən: ${requested_by}.`)}`,
      ],
      after: ['Bu məktubu ünvanınız bildiriş parametrlərində göstərildiyi üçün alırsınız.'],
    }),
    security_changed: ({ brand, change, token, tokens, passkeys, at, addresses, reason }) => ({
      subject: `${brand}: ${changes[change]}`,
      says: [`${changes[change]}. Bu, ${brand} platformasındakı girişinizə aiddir.`],
      list: some(
        when(token, `Token: ${token}`),
        when(reason, `Səbəb: ${reason}`),
        when(at, `Vaxt: ${at}`),
        when(addresses, `Haradan: ${addresses}`),
        when(tokens, `Hələ də işləyən API tokenlər: ${tokens}`),
        when(passkeys, `Hələ də işləyən giriş açarları (passkey): ${passkeys}`),
      ),
      ...((tokens || passkeys) && { button: 'Bütün API tokenləri və giriş açarlarını dayandır' }),
      after: [
        change === 'email'
          ? 'Bundan sonra bu ünvanla daxil olmaq olmaz, girişinizlə bağlı məktublar da bura gəlməyəcək. Bununla razı deyilsinizsə, dərhal bizimlə əlaqə saxlayın: yeni şifrə yalnız o biri ünvana göndərilə bilər.'
          : 'Bunu siz etməmisinizsə və sizinlə razılaşdırılmayıbsa, dərhal yeni şifrə istəyin və bizimlə əlaqə saxlayın: başqası daxil olmuş ola bilər.',
      ],
    }),
    wrong_codes: ({ brand, attempts, at, addresses }) => ({
      subject: `${brand}: kimsə şifrənizi bilir`,
      says: [
        `${brand} üçün düzgün şifrəniz, sonra isə yanlış kod daxil edilib${when(attempts, ` (ardıcıl cəhdlər: ${attempts})`)}. Giriş baş tutmayıb.`,
      ],
      list: some(when(at, `Vaxt: ${at}`), when(addresses, `Haradan: ${addresses}`)),
      after: ['Bunu siz etməmisinizsə, şifrənizi dərhal dəyişin: bu cəhdlər də bununla dayanacaq.'],
    }),
    sso_exception: ({ brand, email, provider, at, addresses }) => ({
      subject: `${brand}: ${provider || 'kimlik provayderi'} olmadan giriş${when(email, ` (${email})`)}`,
      says: [
        `${email || 'Kimsə'} istisna olaraq ${brand} hesabına daxil olub, halbuki ${provider ? `“${provider}”` : 'kimlik provayderi'} ilə giriş məcburidir.`,
      ],
      list: some(when(at, `Vaxt: ${at}`), when(addresses, `Haradan: ${addresses}`)),
      after: ['Bu məktubu administrator olduğunuz üçün alırsınız. Bunun üçün səbəb yox idisə, bu istifadəçinin seanslarını bitirin.'],
    }),
    sso_in_place_of_password: ({ brand, provider }) => ({
      subject: `${brand}: ${provider || 'şirkətiniz'} ilə daxil olun`,
      says: [
        `${brand} üçün şifrənizin sıfırlanması istənilib. Siz ora şifrə ilə deyil, ${provider ? `“${provider}”` : 'şirkətinizin kimlik provayderi'} ilə daxil olursunuz.`,
      ],
      after: ['Bunu siz etməmisinizsə, bu məktuba əhəmiyyət verməyin.'],
    }),
    test: ({ brand }) => ({
      subject: `Sınaq məktubu: ${brand}`,
      says: ['Məktublarınız belə görünür. Bunu oxuyursunuzsa, poçt serveri işləyir.'],
    }),
  },
}
