/** Serves the console, as `npm run build` makes it in dist/console: its pages, and hashed files that browsers keep for good. */
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply } from 'fastify'
import { withoutQuery } from '../http/redaction.ts'
import type { App } from '../http/resource.ts'
import { html } from '../lib/html.ts'
import { CSP_REPORTS } from './csp-reports.routes.ts'

/** First segments of paths that are no pages: what is not found there is a 404 in JSON for everybody. */
const api = /^\/(iam|reeve|id|auth|docs|assets|healthz|readyz|metrics|openapi\.json|\.well-known)(\/|$)/
/** Names begin with a word character, so neither `..` nor a hidden file is one, and what is encoded in a path is in no name. */
const hashed = /^\/assets\/\w[\w.-]*$/
const besides = /^\/\w[\w-]*\.(ico|json|png|svg|txt|webmanifest)$/

/**
 * Nothing inline, nothing of other origins, and no text becomes markup or script (Trusted Types). The report goes by report-uri, which every
 * browser sends at once; with report-to Chrome waits up to a minute.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  `report-uri ${CSP_REPORTS}`,
].join('; ')

/**
 * Call before answerOtherMethods. Pages are no routes: they are sent to whoever asks for text/html, so that every other request for an
 * unknown path gets the answer that it would get without a console.
 * @param folder dist/console, which may be made while the server runs
 */
export async function serveConsole(app: App, folder: string): Promise<void> {
  await app.register(fastifyStatic, { serve: false, preCompressed: true, cacheControl: false })

  const isFile = (name: string) =>
    stat(join(folder, name)).then(
      (found) => found.isFile(),
      () => false,
    )

  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return
    const path = withoutQuery(request.url)
    const isHashed = hashed.test(path)
    if (isHashed || (besides.test(path) && !api.test(path))) {
      if (!(await isFile(path))) return
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      return reply.sendFile(path, folder)
    }
    if (api.test(path) || !request.headers.accept?.includes('text/html')) return
    const page = path === '/sign-in' || path === '/sign-in/' ? 'sign-in.html' : 'index.html'
    if (!(await isFile(page))) return sendUnbuilt(reply)
    reply.headers({ 'cache-control': 'no-cache', 'content-security-policy': PAGE_POLICY, 'cross-origin-opener-policy': 'same-origin' })
    return reply.sendFile(page, folder)
  })
}

/** A 404, because the console is not there: whoever watches the server must not take this page for it. */
function sendUnbuilt(reply: FastifyReply) {
  const nonce = randomBytes(16).toString('base64')
  reply.header('content-security-policy', `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`)
  return reply.code(404).type('text/html; charset=utf-8').send(unbuilt(nonce).text)
}

const unbuilt = (nonce: string) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The console is not built</title>
<style nonce="${nonce}">:root{color-scheme:light}
body{margin:0;background:#f2f3f5;color:#1c2026;font:1rem/1.5 system-ui,sans-serif}
main{max-width:32rem;margin:2rem auto;padding:1.5rem;background:#fff}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.3}
code{font:1em ui-monospace,monospace}</style>
</head>
<body>
<main>
<h1>The console is not built</h1>
<p>The server runs, and its API works. To build the console, run <code>npm run build</code> in its folder, then load this page again.</p>
</main>
</body>
</html>
`
