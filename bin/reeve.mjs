#!/usr/bin/env node
/** The command `reeve`: checks the version of Node.js, then hands over to src/main.ts. */
import module from 'node:module'
import { join } from 'node:path'
import './require-node.mjs'

// A second start has nothing to compile. Beside the libraries: whoever may write there may change what runs anyway. Where we may not, all is
// compiled again.
module.enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/reeve'))

await import('../src/main.ts')
