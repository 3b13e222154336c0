/** Names the browser and the system of a User-Agent header as people know them. */
const browsers: readonly [RegExp, string][] = [
  [/\bEdgA?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:(?:Headless)?Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+).*\bSafari\//, 'Safari'],
]
const systems: readonly [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** @returns "Firefox 140, Windows", or the beginning of the header if it is no browser's */
export function browserOf(header: string): string {
  const browser = browsers.map(([pattern, name]) => [name, pattern.exec(header)?.[1]]).find(([, version]) => version !== undefined)
  const system = systems.find(([pattern]) => pattern.test(header))?.[1]
  if (!browser) return header.slice(0, 40) || '–'
  return [browser.join(' '), system].filter(Boolean).join(', ')
}
