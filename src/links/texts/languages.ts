/** The languages of the pages, which are those of the mails. */
import type { Lang } from '../../mail/texts/languages.ts'
import { az } from './az.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { ru } from './ru.ts'
import type { Texts } from './text.ts'
import { zh } from './zh.ts'

export type { Lang }
export const texts: Readonly<Record<Lang, Texts>> = { de, en, ru, zh, az }
