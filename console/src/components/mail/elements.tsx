/** Makes elements of the HTML of our own mails. What is not expected there is left out; text stays text. */
import { createElement, type ReactNode } from 'react'

/** What stands for each element: no second heading, landmark or link on the page that shows the mail. */
const drawnAs: Readonly<Record<string, string>> = {
  body: 'div',
  div: 'div',
  header: 'div',
  main: 'div',
  footer: 'div',
  h1: 'p',
  p: 'p',
  ul: 'ul',
  li: 'li',
  a: 'span',
}
const part = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+="[^"]*")*)\s*>|([^<]+)/gi
const attribute = /([a-z-]+)="([^"]*)"/gi

interface Open {
  tag: string
  attributes: Record<string, string>
  children: ReactNode[]
}

/** @param logo takes the place of an image's address */
export function elementsOf(html: string, logo?: string): ReactNode {
  const start = html.indexOf('<body')
  const stack: Open[] = [{ tag: '', attributes: {}, children: [] }]
  const top = () => stack.at(-1) as Open
  for (const [, slash, name = '', rest = '', text] of html.slice(start < 0 ? 0 : start).matchAll(part)) {
    if (text !== undefined) top().children.push(decoded(text))
    else if (slash) close(stack, name.toLowerCase())
    else open(stack, name.toLowerCase(), rest, logo)
  }
  while (stack.length > 1) close(stack, top().tag)
  return top().children
}

function open(stack: Open[], tag: string, rest: string, logo: string | undefined) {
  const attributes = Object.fromEntries(Array.from(rest.matchAll(attribute), ([, name = '', value = '']) => [name, decoded(value)]))
  const { children } = stack.at(-1) as Open
  if (tag === 'br') children.push(createElement('br', { key: children.length }))
  else if (tag === 'img') children.push(imageOf(attributes, children.length, logo))
  else if (drawnAs[tag]) stack.push({ tag, attributes, children: [] })
}

function close(stack: Open[], tag: string) {
  const { length } = stack
  if (length < 2 || stack[length - 1]?.tag !== tag) return
  const { attributes, children } = stack.pop() as Open
  const parent = stack.at(-1) as Open
  const { lang, style = '' } = attributes
  const shown = tag === 'h1' ? `font-weight:700;${style}` : tag === 'a' ? `text-decoration:underline;${style}` : style
  const props = { key: parent.children.length, style: styleOf(shown), ...(lang && { lang }) }
  parent.children.push(createElement(drawnAs[tag] as string, props, ...children))
}

/** Images of other servers are not loaded, which would tell them that the mail is being read. */
function imageOf({ src = '', alt = '', style = '' }: Record<string, string>, key: number, logo: string | undefined): ReactNode {
  const own = /\/reeve\/branding\/images\/[\da-f]+$/.exec(src)?.[0]
  const shown = logo ?? own
  return shown ? createElement('img', { key, src: shown, alt, style: styleOf(style) }) : alt
}

/** `max-width:600px` as React wants it. */
function styleOf(text: string): Record<string, string> {
  const style: Record<string, string> = {}
  for (const one of text.split(';')) {
    const at = one.indexOf(':')
    if (at < 0) continue
    const name = one.slice(0, at).trim()
    style[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())] = one.slice(at + 1).trim()
  }
  return style
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0' }

const decoded = (text: string) =>
  text.replace(/&(?:#(\d{1,7})|([a-z]+));/g, (all, code: string | undefined, name: string | undefined) =>
    code === undefined ? (named[name ?? ''] ?? all) : String.fromCodePoint(Math.min(Number(code), 0x10ffff)),
  )
