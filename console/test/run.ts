/**
 * npm run test:console: the built console in Chromium, against a server with the demo world. Arguments are test files. One server serves all
 * files; a test that changes something makes what it changes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnReeve } from '../../test/command.ts'
import { demoSettings, untilAnswering } from '../../test/demo-server.ts'
import { chromium } from './chromium.ts'

const root = join(import.meta.dirname, '../..')
if (!chromium) {
  console.error('No Chromium was found. On Debian: apt-get install chromium. Elsewhere name the program of one in REEVE_CHROMIUM.')
  process.exit(1)
}
if (!existsSync(join(root, 'dist/console/index.html'))) {
  console.error('The console is not built. Run `npm run build`.')
  process.exit(1)
}

const data = mkdtempSync(join(tmpdir(), 'reeve-console-'))
const settings = demoSettings(data, {
  REEVE_DEMO_CLIENTS: '300',
  REEVE_RATE_TOKEN: '0',
  REEVE_RATE_ADDRESS: '0',
  // Tests run identity providers and mail servers on this machine, the latter with a certificate that only they trust.
  REEVE_OUTGOING_NETWORKS: '127.0.0.0/8,::1/128',
  NODE_EXTRA_CA_CERTS: join(root, 'test/smtp/localhost.pem'),
})
const server = spawnReeve(['demo'], settings)
let status = 1
try {
  const said = await untilAnswering(server)
  const files = process.argv.slice(2)
  const tests = files.length > 0 ? files : globSync(join(import.meta.dirname, '*.test.ts')).sort()
  const runner = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=120000', ...tests], {
    stdio: 'inherit',
    env: { ...process.env, REEVE_CONSOLE_DEMO: join(data, 'demo.json'), REEVE_CHROMIUM: chromium },
  })
  status = await new Promise((resolve) => runner.once('close', (code) => resolve(code ?? 1)))
  const reports = await policyReports()
  if (reports > 0) {
    console.error(`Browsers reported ${reports} violations of the content security policy. The server's log says which: ${said()}`)
    status = 1
  }
} finally {
  if (server.exitCode === null) {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
  rmSync(data, { recursive: true, force: true })
}
process.exit(status)

/** How often a browser reported a violation of a page's content security policy in this run. */
async function policyReports(): Promise<number> {
  const { baseUrl } = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
  const metrics = await (await fetch(`${baseUrl}/metrics`)).text()
  const counter = /^reeve_csp_reports_total(?:\{[^}]*\})? (\d+)$/m.exec(metrics)
  if (!counter) throw new Error('/metrics has no reeve_csp_reports_total. Correct the name here.')
  return Number(counter[1])
}
