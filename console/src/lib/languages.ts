/** The languages of the console: those of the server's mails and pages, each by its own name. */
export const languages = { en: 'English', de: 'Deutsch', ru: 'Русский', zh: '中文', az: 'Azərbaycanca' } as const
export type Language = keyof typeof languages

export const isLanguage = (value: unknown): value is Language => typeof value === 'string' && Object.hasOwn(languages, value)

const KEY = 'reeve-language'

/** Returns the language chosen in this browser, else the first of the browser's own that there is, else English. */
export function preferredLanguage(): Language {
  const candidates = [localStorage.getItem(KEY), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())]
  return candidates.find(isLanguage) ?? 'en'
}

export const rememberLanguage = (language: Language) => localStorage.setItem(KEY, language)
