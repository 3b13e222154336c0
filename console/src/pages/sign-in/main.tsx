/** @jsxImportSource preact */
/** The sign-in page: a program of its own, in Preact, so that it stays small. Branded by the host of its address. */
import { render } from 'preact'
import type { Answer } from '../../api/client.ts'
import { accessToken, currentSession, mayBeSignedIn } from '../../api/session.ts'
import { loadTexts, startLanguage } from '../../lib/i18n.ts'
import { SignInPage } from './SignInPage.tsx'
import './sign-in.css'

export type Brand = Answer<'GET /reeve/session/brand'>

/** Returns where to go after signing in: the page asked for, if it is one of ours. */
export function nextPage(): string {
  const next = new URLSearchParams(location.search).get('next') ?? '/'
  return /^\/(?![/\\])/.test(next) ? next : '/'
}

async function fetchBrand(): Promise<Brand | undefined> {
  const response = await fetch('/reeve/session/brand').catch(() => undefined)
  return response?.ok ? response.json() : undefined
}

/** Returns whether somebody is signed in already, without a request if nobody can be. */
async function isSignedIn(): Promise<boolean> {
  if (!mayBeSignedIn()) return false
  await accessToken().catch(() => undefined)
  return currentSession() !== undefined
}

async function start() {
  const [brand, signedIn] = await Promise.all([fetchBrand(), isSignedIn(), startLanguage().then(() => loadTexts('sign-in'))])
  const chooses = new URLSearchParams(location.search).has('choose')
  if (signedIn && !chooses) return location.replace(nextPage())
  if (brand) paint(brand)
  const root = document.getElementById('root')
  if (root) render(<SignInPage brand={brand} chooses={signedIn && chooses} />, root)
}

function paint({ colors, favicon, name }: Brand) {
  const { style } = document.documentElement
  style.setProperty('--header', colors.header)
  style.setProperty('--on-header', colors.on_header)
  style.setProperty('--primary', colors.primary)
  style.setProperty('--on-primary', colors.on_primary)
  document.title = name
  if (favicon) document.querySelector('link[rel=icon]')?.setAttribute('href', favicon)
}

void start()
