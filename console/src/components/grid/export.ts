/** Saves a stream of rows, and counts them on the way. */
import { send } from '../../api/client.ts'

export type Format = 'csv' | 'ndjson'
const types: Record<Format, string> = { csv: 'text/csv', ndjson: 'application/x-ndjson' }

interface FileHandle {
  createWritable(): Promise<WritableStream<Uint8Array>>
}
declare global {
  interface Window {
    /** Of Chromium alone. */
    showSaveFilePicker?(options: { suggestedName: string; types: { accept: Record<string, string[]> }[] }): Promise<FileHandle>
  }
}

/** @returns how many rows were saved, undefined if the reader chose no file */
export async function save(
  path: string,
  query: Record<string, string>,
  name: string,
  format: Format,
  signal: AbortSignal,
  onProgress: (rows: number, total: number) => void,
): Promise<number | undefined> {
  let counter: ReturnType<typeof counting> | undefined
  const isSaved = await saveBody(name, format, signal, async () => {
    const response = await send(`GET ${path}`, { query }, signal)
    if (!response.body) throw new Error('The answer has no body.')
    const total = Number(response.headers.get('x-total-count')) || 0
    counter = counting(format, (rows) => onProgress(rows, total))
    return response.body.pipeThrough(counter.stream)
  })
  return isSaved ? counter?.rows() : undefined
}

/**
 * @param open called once the reader has chosen a file
 * @returns false if the reader chose none
 */
export async function saveBody(
  name: string,
  format: Format,
  signal: AbortSignal,
  open: () => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
): Promise<boolean> {
  const handle = await pick(name, format)
  if (handle === 'declined') return false
  const body = await open()
  if (handle) await body.pipeTo(await handle.createWritable(), { signal })
  else download(await new Response(body).blob(), name)
  return true
}

async function pick(name: string, format: Format): Promise<FileHandle | 'declined' | undefined> {
  if (!window.showSaveFilePicker) return undefined
  try {
    return await window.showSaveFilePicker({ suggestedName: name, types: [{ accept: { [types[format]]: [`.${format}`] } }] })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return 'declined'
    return undefined // where the picker is forbidden, as in a frame
  }
}

function download(blob: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

const [LF, QUOTE] = [10, 34]
/** How often progress is told, in ms. */
const EVERY = 100

/** Counts the records that pass: in CSV a line break within quotes ends none, and the first record names the columns. */
export function counting(format: Format, onRows: (rows: number) => void) {
  let records = 0
  let isQuoted = false
  let told = 0
  const rows = () => Math.max(0, format === 'csv' ? records - 1 : records)
  const stream = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      for (const byte of chunk) {
        if (byte === QUOTE && format === 'csv') isQuoted = !isQuoted
        else if (byte === LF && !isQuoted) records++
      }
      if (performance.now() - told > EVERY) {
        told = performance.now()
        onRows(rows())
      }
      controller.enqueue(chunk)
    },
    flush: () => onRows(rows()),
  })
  return { stream, rows }
}
