/** A browser as far as the console's sessions need one: it keeps cookies, and says which page asks. */
import assert from 'node:assert/strict'
import { parseSetCookie, type SetCookie, stringifyCookie } from 'cookie'
import type { Answer, TestWorld } from './harness.ts'

export const fromOwnPage = { 'sec-fetch-site': 'same-origin' }

export class Browser {
  readonly cookies = new Map<string, SetCookie>()
  readonly #t: TestWorld

  constructor(t: TestWorld) {
    this.#t = t
  }

  /** As the browser sends them to /reeve/session. */
  get cookie(): string {
    return stringifyCookie(Object.fromEntries([...this.cookies].map(([name, { value }]) => [name, value])))
  }

  /** Another tab is the same browser: it has the same cookies. A copy has them as they are now. */
  copy(): Browser {
    const other = new Browser(this.#t)
    for (const [name, cookie] of this.cookies) other.cookies.set(name, cookie)
    return other
  }

  async post(path: string, body: unknown = {}, headers: Record<string, string> = fromOwnPage): Promise<Answer> {
    const cookie = this.cookie
    const answer = await this.#t.ask('POST', `/reeve/session/${path}`, { body, headers: { ...(cookie !== '' && { cookie }), ...headers } })
    for (const text of [answer.headers['set-cookie'] ?? []].flat()) {
      const cookie = parseSetCookie(String(text))
      if (cookie.maxAge === 0) this.cookies.delete(cookie.name)
      else this.cookies.set(cookie.name, cookie)
    }
    return answer
  }

  /** @returns the body of a success */
  async expect(path: string, body?: unknown, access?: string) {
    const answer = await this.post(path, body, { ...fromOwnPage, ...(access !== undefined && { authorization: `Bearer ${access}` }) })
    assert.equal(answer.status, 200, `${path}: ${answer.text}`)
    return answer.body
  }
}
