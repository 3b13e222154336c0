/** DATABASE_URL: one server, or several of which one takes writes, as in postgres://user:password@one:5432,two:5432/database. */

/** A URL for each host, or undefined where it is no such URL or asks for other hosts than the one that takes writes. */
export function urlsOf(text: string): URL[] | undefined {
  const [, begin = '', hosts = '', end = ''] = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/s.exec(text) ?? []
  const urls = hosts.split(',').map((host) => URL.parse(begin + host + end))
  if (begin === '' || urls.some((url) => url === null)) return undefined
  return (urls as URL[]).every(isForPrimary) ? (urls as URL[]) : undefined
}

/** libpq's parameter: where there are several hosts we always look for the primary, since the others refuse writes. */
function isForPrimary(url: URL): boolean {
  const wanted = url.searchParams.get('target_session_attrs') ?? 'primary'
  url.searchParams.delete('target_session_attrs')
  return wanted === 'primary'
}
