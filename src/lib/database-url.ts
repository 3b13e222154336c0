/** DATABASE_URL: one server, or several of which one accepts writes, as in postgres://user:password@one:5432,two:5432/database. */

/** Returns a URL for each host, or undefined if the text is no such URL or asks for hosts other than the primary. */
export function urlsOf(text: string): URL[] | undefined {
  const [, begin = '', hosts = '', end = ''] = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/s.exec(text) ?? []
  const urls = hosts.split(',').map((host) => URL.parse(begin + host + end))
  if (begin === '' || urls.some((url) => url === null)) return undefined
  return (urls as URL[]).every(isForPrimary) ? (urls as URL[]) : undefined
}

/** Checks libpq's parameter: of several hosts we always use the primary, because the others reject writes. */
function isForPrimary(url: URL): boolean {
  const wanted = url.searchParams.get('target_session_attrs') ?? 'primary'
  url.searchParams.delete('target_session_attrs')
  return wanted === 'primary'
}
