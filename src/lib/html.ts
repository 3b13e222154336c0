/**
 * HTML in which every value is escaped by construction: only a tagged template creates it. he, escape-goat and html-escaper return strings,
 * in which escaped and raw text look alike; here markup has a type of its own, and nests without being escaped twice.
 */

/** Markup. Text becomes markup only through `html`. */
export class Html {
  readonly text: string
  private constructor(text: string) {
    this.text = text
  }
  static of(parts: TemplateStringsArray, values: readonly Value[]): Html {
    return new Html(parts.reduce((text, part, n) => text + markup(values[n - 1]) + part))
  }
}

export type Value = Html | string | number | undefined | readonly Value[]

/** Values may be text or quoted attributes. A list is joined; undefined is empty. */
export const html = (parts: TemplateStringsArray, ...values: Value[]): Html => Html.of(parts, values)

function markup(value: Value): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(markup).join('')
  return value === undefined ? '' : String(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
