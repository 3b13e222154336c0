/** Pages in Azerbaijani. */
import type { Texts } from './text.ts'

const choose = (email: string) => `Şifrə seçin. Sistemə ${email} kimi daxil olacaqsınız.`
const ready = 'Şifrəniz təyin edildi. İndi daxil ola bilərsiniz.'

export const az: Texts = {
  purposes: {
    invitation: { title: 'Dəvəti qəbul edin', says: choose, button: 'Qəbul et', done: ready },
    account_invitation: {
      title: 'Dəvəti qəbul edin',
      says: (company) =>
        `Siz “${company}” hesabına qoşulacaqsınız və onun administratorları adınızı, telefon nömrənizi və sistemə necə daxil olduğunuzu görəcəklər. Hesabdan istənilən vaxt çıxa bilərsiniz.`,
      button: 'Qəbul et',
      done: 'Siz artıq bu hesaba aidsiniz. Orada işləmək üçün həmişəki kimi daxil olun.',
    },
    activation: { title: 'Girişi aktivləşdirin', says: choose, button: 'Aktivləşdir', done: ready },
    password_reset: {
      title: 'Yeni şifrə seçin',
      says: (email) => `O, ${email} istifadəçisinin şifrəsini əvəz edəcək. Bütün açıq sessiyalar bağlanacaq.`,
      button: 'Şifrəni təyin et',
      done: ready,
    },
    email_change: {
      title: 'Yeni ünvanı təsdiqləyin',
      says: (email) => `Bundan sonra sistemə ${email} kimi daxil olacaqsınız.`,
      button: 'Təsdiqlə',
      done: 'Ünvan dəyişdirildi. Növbəti girişdə ondan istifadə edin.',
    },
    email_change_notice: {
      title: 'E-poçt ünvanınızın dəyişdirilməsi',
      says: (email) => `Dəyişiklikdən sonra sistemə ${email} kimi daxil olacaqsınız. Razı deyilsinizsə, dəyişikliyi dayandırın.`,
      button: 'Dəyişikliyi dayandır',
      done: 'Dəyişiklik dayandırıldı. Əvvəlki kimi indiki ünvanla daxil olun.',
    },
    end_access: {
      title: 'Bütün API tokenləri və giriş açarlarını dayandırın',
      says: (email) =>
        `${email} üçün bütün API tokenlər və giriş açarları, onlardan nə istifadə edirsə etsin, işləməyəcək və bütün sessiyalar bitəcək.`,
      button: 'Hamısını dayandır',
      done: 'Onlar artıq işləmir. Şifrənizlə daxil olun və lazım olanları yenidən yaradın.',
    },
    account_deletion: {
      title: 'Hesabın silinməsini istəyin',
      says: (company) => `“${company}” hesabı silinənədək dayandırılacaq. O vaxta qədər administratorları sorğunu geri götürə bilər.`,
      button: 'Silinməni istə',
      done: 'Hesabın silinməsi istənildi.',
    },
    totp_disable: {
      title: 'İkiaddımlı yoxlamanı söndürün',
      says: (email) => `Bundan sonra ${email} yalnız şifrə ilə daxil olacaq.`,
      button: 'Söndür',
      done: 'İkiaddımlı yoxlama söndürüldü. Daxil olduqdan sonra onu yenidən qoşa bilərsiniz.',
    },
  },
  accessLeft: 'API tokenlər və giriş açarları hələ də işləyir. Hamısını tanımırsınızsa, onları dayandırın.',
  ownChange: 'Dəyişiklikdən sonra sistemə başqa ünvanla daxil olacaqsınız. Bunu siz istəməmisinizsə, dəyişikliyi dayandırın.',
  allow: 'İndi icazə ver',
  waits: 'Bu ünvan təsdiqləndi. İndiki ünvan razılıq verdikdə və ya üç gün ərzində oradan etiraz gəlmədikdə onunla daxil ola biləcəksiniz.',
  allowed: 'Siz razılıq verdiniz. Yeni ünvan da təsdiqlənən kimi dəyişiklik qüvvəyə minəcək.',
  password: 'Yeni şifrə',
  again: 'Həmin şifrə bir daha',
  rules: 'Ən azı 12 istənilən simvol. Geniş yayılmış, ünvanınıza bənzəyən və ya son şifrələrinizdən biri olmamalıdır.',
  refusals: {
    too_short: 'Şifrə çox qısadır: ən azı 12 simvol lazımdır.',
    too_long: 'Şifrə çox uzundur: ən çoxu 128 simvol ola bilər.',
    too_common: 'Bu şifrə çox yayılmışdır.',
    too_like_email: 'Şifrə ünvanınıza çox bənzəyir.',
    used_before: 'Bu şifrə sizdə olub. Başqasını seçin.',
    differ: 'Şifrələr eyni deyil.',
    email_taken: 'Bu ünvan artıq başqasına məxsusdur.',
  },
  onwards: (name) => `${name} saytına keçin`,
  gone: {
    title: 'Bu keçid işləmir',
    says: 'Keçid bir dəfə və məhdud müddətdə işləyir. O, istifadə olunub, vaxtı bitib və ya daha yeni məktubla əvəz edilib. Yenisini giriş səhifəsində istəyin, yaxud sizi dəvət edən şəxsə və ya provayderinizin dəstək xidmətinə müraciət edin.',
  },
}
