/** The findings as text for a terminal. */
import { styleText } from 'node:util'
import { type Area, count, howMany } from './finding.ts'

const marks = { ok: '  ok       ', warning: '  warning  ', error: '  ERROR    ' } as const
const colours = { ok: 'green', warning: 'yellow', error: 'red' } as const
const INDENT = ' '.repeat(marks.ok.length)

export function asText(areas: readonly Area[], stream: NodeJS.WriteStream): string {
  const width = Math.max(60, Math.min(stream.columns ?? 120, 140))
  const lines: string[] = []
  for (const { area, findings } of areas) {
    if (findings.length === 0) continue
    lines.push(styleText('bold', area, { stream }))
    for (const { severity, what, todo } of findings) {
      const [first = '', ...more] = wrapped(what, width - INDENT.length)
      lines.push(styleText(colours[severity], marks[severity], { stream }) + first, ...more.map((line) => INDENT + line))
      if (todo !== undefined)
        lines.push(...wrapped(todo, width - INDENT.length - 2).map((line, n) => `${INDENT}${n === 0 ? '→ ' : '  '}${line}`))
    }
  }
  const [errors, warnings] = [howMany(areas, 'error'), howMany(areas, 'warning')]
  const sum = `${count(errors, 'error')}, ${count(warnings, 'warning')}.`
  return [...lines, '', errors + warnings === 0 ? 'Nothing is wrong.' : sum].join('\n')
}

/** Breaks at blanks; keeps the lines of the text. */
function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines = ['']
    for (const word of line.split(' ')) {
      const last = lines.at(-1) as string
      if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
      else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
    }
    return lines
  })
}

/** Whatever a server or a driver may have quoted of them. */
export const hideSecrets = (text: string, secrets: readonly string[]) =>
  secrets.filter((one) => one.length > 3).reduce((all, one) => all.replaceAll(one, '…'), text)
