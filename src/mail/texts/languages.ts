/** The languages of mails: those that people can choose. */
import type { languages as known } from '../../lib/languages.ts'
import { az } from './az.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { ru } from './ru.ts'
import type { Language } from './text.ts'
import { zh } from './zh.ts'

export type Lang = (typeof known)[number]
export const languages: Readonly<Record<Lang, Language>> = { de, en, ru, zh, az }
