/** The languages of mails, link pages and the console. */
export const languages = ['de', 'en', 'ru', 'zh', 'az'] as const
