/** Refuses, in a sentence, a Node.js that cannot run TypeScript as it is. Plain JavaScript, so that every version can read it. */
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Reeve needs Node.js 22.18 or newer and this is ${process.versions.node}. ` +
      'Run it through npm (npm start, npm run demo, npm test): the version it brings along is used there. ' +
      `Where it brings none for ${process.platform}-${process.arch}, install Node.js 24.`,
  )
  process.exit(1)
}
