/**
 * A cell of RFC 4180. Spreadsheets run a cell that begins with one of `=+-@`, tab or return as a formula, so that gets an apostrophe in
 * front (OWASP, CSV Injection). A library would do no more.
 */
export function csvCell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
