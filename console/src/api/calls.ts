/** The latest calls of the page, which it shows as curl. */
export interface Call {
  method: string
  address: string
  body: unknown
  status: number
}

const LATEST = 30
let calls: readonly Call[] = []
const listeners = new Set<() => void>()

export function record(call: Call) {
  calls = [call, ...calls.filter((one) => one.method !== call.method || one.address !== call.address)].slice(0, LATEST)
  for (const listener of listeners) listener()
}

export function forgetCalls() {
  calls = []
  for (const listener of listeners) listener()
}

export const latestCalls = () => calls

export function onCalls(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Fields whose values are never shown. */
const secret = /password|token|secret|code|^(old|new|double)$/i
const withoutSecrets = (name: string, value: unknown) => (typeof value === 'string' && secret.test(name) ? '…' : value)
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Returns a command for a shell, with the token left to the reader and without secrets. */
export function curlOf({ method, address, body }: Call): string {
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(location.origin + address)}`, `-H "Authorization: APIKey $TOKEN"`]
  if (body !== undefined) lines.push(`-H 'Content-Type: application/json'`, `-d ${quote(JSON.stringify(body, withoutSecrets))}`)
  return lines.join(' \\\n  ')
}
