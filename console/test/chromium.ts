/** The Chromium that tests and benchmarks drive: the machine's, as none comes with npm. */
import { existsSync } from 'node:fs'

const named = process.env.REEVE_CHROMIUM
const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The one that is named counts alone. */
export const chromium = (named === undefined ? candidates : [named]).find((path) => existsSync(path))
