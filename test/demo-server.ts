/** Servers in processes of their own; one with the demo world is asked as its first reseller. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Showcase } from '../src/demo/showcase.ts'
import { spawnReeve } from './command.ts'
import { until } from './until.ts'

/** The demo on this folder, small, on a port of its own. */
export const demoSettings = (data: string, more: Record<string, string> = {}) => ({
  REEVE_DATA: data,
  PORT: '0',
  REEVE_DEMO_CLIENTS: '30',
  REEVE_LOG: 'error',
  ...more,
})

/** Resolves once the server answers and demo.json is there. The result tells the end of what it has said until then. */
export async function untilAnswering(child: ReturnType<typeof spawnReeve>): Promise<() => string> {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said = (said + chunk).slice(-20_000)
    })
  await until('the server answers', () => {
    assert.equal(child.exitCode, null, said)
    return said.includes('Reeve answers at ')
  })
  return () => said
}

/** Resolves once the server answers. It is killed after the last test of the file. */
async function answering(child: ReturnType<typeof spawnReeve>) {
  after(() => {
    if (child.exitCode === null) child.kill('SIGKILL')
  })
  const said = await untilAnswering(child)
  return {
    child,
    said,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      assert.equal((await ended)[0], 0, said())
    },
  }
}

/** A server as `settings` say. */
export async function startServer(settings: Record<string, string>) {
  const server = await answering(spawnReeve(['serve'], { PORT: '0', ...settings }))
  return { ...server, url: /Reeve answers at (http:\/\/[\d.:]+)/.exec(server.said())?.[1] as string }
}

/** The demo on this folder. */
export async function startDemo(data: string, more: Record<string, string> = {}) {
  const server = await answering(spawnReeve(['demo'], demoSettings(data, more)))
  const shown: Showcase = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
  return {
    ...server,
    shown,
    // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
    async ask(method: string, path: string, body?: object): Promise<{ status: number; body: any }> {
      const headers = { authorization: `APIKey ${shown.resellers[0]?.token}`, ...(body && { 'content-type': 'application/json' }) }
      const answer = await fetch(shown.baseUrl + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
      return { status: answer.status, body: await answer.json() }
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
