/** Positions in the write-ahead log (LSN) and the names of its segments, as PostgreSQL reckons them. */

/** Bytes of a segment: the default of initdb. */
export const SEGMENT = 16 * 1024 ** 2

/** Reads `16/B374D848`. The result is exact below 9 petabytes of WAL. */
export function readLsn(text: string): number {
  const [high = '', low = ''] = text.split('/')
  const lsn = Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16)
  if (!Number.isSafeInteger(lsn)) throw new Error(`${text} is no LSN.`)
  return lsn
}

export const formatLsn = (lsn: number) => `${hex(Math.floor(lsn / 2 ** 32))}/${hex(lsn % 2 ** 32)}`

/** The first byte of the segment that holds the byte at `lsn`. */
export const segmentStart = (lsn: number) => lsn - (lsn % SEGMENT)

export function segmentName(timeline: number, lsn: number): string {
  const perFile = 2 ** 32 / SEGMENT
  const number = Math.floor(lsn / SEGMENT)
  return [timeline, Math.floor(number / perFile), number % perFile].map((part) => hex(part).padStart(8, '0')).join('')
}

/** The timeline of a segment's name, and the LSN of its first byte; undefined for another file. */
export function readSegmentName(name: string): { timeline: number; start: number } | undefined {
  if (!/^[0-9A-F]{24}$/.test(name)) return undefined
  const [timeline = 0, high = 0, low = 0] = [0, 8, 16].map((at) => Number.parseInt(name.slice(at, at + 8), 16))
  return { timeline, start: high * 2 ** 32 + low * SEGMENT }
}

export const isHistory = (name: string) => /^[0-9A-F]{8}\.history$/.test(name)

const hex = (value: number) => value.toString(16).toUpperCase()
