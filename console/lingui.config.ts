/** One catalog a page, so that a page brings its own texts; what pages share is in src/locales. */
import { defineConfig } from '@lingui/cli'
import { formatter } from '@lingui/format-po'

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'de', 'ru', 'zh', 'az'],
  format: formatter({ lineNumbers: false, origins: false }),
  catalogs: [
    { path: 'src/pages/{name}/locales/{locale}', include: ['src/pages/{name}/'], exclude: ['**/locales/**'] },
    { path: 'src/locales/{locale}', include: ['src/'], exclude: ['src/pages/**', '**/locales/**'] },
  ],
  orderBy: 'messageId',
})
