/** The Chromium that tests and benchmarks drive: the machine's, as none comes with npm. */
import { existsSync } from 'node:fs'

const candidates = [
  process.env.REEVE_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export const chromium = candidates.find((path): path is string => path !== undefined && existsSync(path))
