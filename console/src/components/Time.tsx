/** An instant in the reader's time zone; UTC on hover. */
import { instant, relative, utc } from '../lib/format.ts'

export function Time({ at, ago = false }: { at: string | number | null | undefined; ago?: boolean }) {
  if (at === null || at === undefined) return <>–</>
  return (
    <time dateTime={new Date(at).toISOString()} title={ago ? `${instant(at)} · ${utc(at)}` : utc(at)}>
      {ago ? relative(at) : instant(at)}
    </time>
  )
}
