/** Texts in the language of the reader. A page's catalog is loaded along with the page, so that nobody loads the texts of all pages. */
import { i18n, type Messages } from '@lingui/core'
import { type Language, preferredLanguage, rememberLanguage } from './languages.ts'

type Load = () => Promise<{ messages: Messages }>
const shared = import.meta.glob('../locales/*.po') as Record<string, Load>
const ofPages = import.meta.glob('../pages/*/locales/*.po') as Record<string, Load>

const loaded = new Set<string>()

async function load(language: Language, page?: string) {
  const name = page === undefined ? `../locales/${language}.po` : `../pages/${page}/locales/${language}.po`
  const catalog = await (page === undefined ? shared : ofPages)[name]?.()
  if (catalog) i18n.load(language, catalog.messages)
}

/** Loads the texts of a page, named as its folder. */
export async function loadTexts(page: string) {
  if (loaded.has(page)) return
  await load(i18n.locale as Language, page)
  loaded.add(page)
}

/** Switches to a language, with the texts of every page seen so far. */
export async function activateLanguage(language: Language) {
  await Promise.all([load(language), ...[...loaded].map((page) => load(language, page))])
  i18n.activate(language)
  document.documentElement.lang = language
}

export async function chooseLanguage(language: Language) {
  rememberLanguage(language)
  await activateLanguage(language)
}

export const startLanguage = () => activateLanguage(preferredLanguage())
