#!/usr/bin/env node
/** The command `reeve`: checks the version of Node.js, then hands over to src/main.ts. */
import './require-node.mjs'

await import('../src/main.ts')
