/** The languages that users read: of mails, of the pages of links, and of the console. */
export const languages = ['de', 'en', 'ru', 'zh', 'az'] as const
