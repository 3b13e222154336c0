/**
 * Shows the progress of long work: one line that is rewritten on a terminal, or a line every ten seconds elsewhere. cli-progress would take
 * as many lines of options to do that, and brings packages of its own.
 */

/** Receives `done` of `total` units of a step. */
export type Progress = (step: string, done: number, total: number) => void

export interface ProgressLine {
  show: Progress
  /** Clears the line before other output. */
  end(): void
}

const EVERY = { terminal: 200, elsewhere: 10_000 }

export function progressLine(
  out: { isTTY?: boolean; write(text: string): unknown } = process.stderr,
  now = () => Date.now(),
): ProgressLine {
  const every = out.isTTY ? EVERY.terminal : EVERY.elsewhere
  let step = ''
  let began = 0
  let from = 0
  let said = now()
  return {
    show(name, done, total) {
      if (name !== step) [step, began, from] = [name, now(), done]
      if (now() - said < every) return
      said = now()
      const line = `${name}: ${percent(done, total)} %${remaining(now() - began, done - from, total - from)}`
      out.write(out.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    },
    end() {
      if (out.isTTY) out.write('\r\x1b[K')
    },
  }
}

const percent = (done: number, total: number) => Math.floor((100 * Math.min(done, total)) / Math.max(total, 1))

/** Estimates the remaining time from the units done since the step was first shown; empty in its first second. */
function remaining(elapsed: number, done: number, total: number): string {
  if (done <= 0 || done >= total || elapsed < 1000) return ''
  const seconds = Math.ceil((elapsed * (total - done)) / done / 1000)
  return `, about ${seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`
}
