/**
 * DATABASE_URL: one server, or several of which one accepts writes, as in postgres://user:password@one:5432,two:5432/database.
 * DATABASE_REPLICA_URL: likewise, of standbys.
 */

/** Returns a URL for each host, or undefined if the text is no such URL or asks for hosts of another kind. */
export function urlsOf(text: string, kind: 'primary' | 'standby' = 'primary'): URL[] | undefined {
  const [, begin = '', hosts = '', end = ''] = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/s.exec(text) ?? []
  const urls = hosts.split(',').map((host) => URL.parse(begin + host + end))
  if (begin === '' || urls.some((url) => url === null)) return undefined
  return (urls as URL[]).every((url) => isFor(kind, url)) ? (urls as URL[]) : undefined
}

/** Checks libpq's parameter: for writes we always use the primary, and for reads beside it standbys. */
function isFor(kind: string, url: URL): boolean {
  const wanted = url.searchParams.get('target_session_attrs') ?? kind
  url.searchParams.delete('target_session_attrs')
  return wanted === kind
}
