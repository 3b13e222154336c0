/** @jsxImportSource preact */
/** The sign-in page: a program of its own, in Preact, so that it stays small. Branded by the host of its address. */
import { render } from 'preact'
import type { Answer } from '../../api/client.ts'
import {
  accessToken,
  currentSession,
  justSignedOut,
  leaveFor as leave,
  mayBeSignedIn,
  rememberedPage,
  resumeSession,
} from '../../api/session.ts'
import { loadTexts, startLanguage } from '../../lib/i18n.ts'
import { SignInPage, type Step } from './SignInPage.tsx'
import './sign-in.css'

export type Brand = Answer<'GET /reeve/session/brand'>
export type Provider = Answer<'GET /reeve/sso/providers'>[number]

const asked = new URLSearchParams(location.search)

/** Returns where to go after signing in: the page asked for, if it is one of ours. */
export function nextPage(): string {
  const next = asked.get('next') ?? (asked.has('sso') ? rememberedPage() : null) ?? '/'
  return /^\/(?![/\\])/.test(next) ? next : '/'
}

/** Goes to an identity provider, and from there to the page that was asked for. */
export const leaveFor = (url: string) => leave(url, nextPage())

/** The identity providers of this host. Signing in by password works without them. */
async function fetchProviders(): Promise<Provider[]> {
  const response = await fetch('/reeve/sso/providers').catch(() => undefined)
  return response?.ok ? response.json() : []
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

/** Returns whether the identity provider that the browser comes back from has signed somebody in. */
async function isSignedInByProvider(): Promise<boolean> {
  await resumeSession().catch(() => undefined)
  return currentSession() !== undefined
}

async function start() {
  const back = asked.get('sso') === 'done'
  const [brand, providers, signedIn] = await Promise.all([
    fetchBrand(),
    fetchProviders(),
    back ? isSignedInByProvider() : isSignedIn(),
    startLanguage().then(() => loadTexts('sign-in')),
  ])
  const chooses = asked.has('choose')
  const isClient = currentSession()?.caller.kind === 'client'
  if (signedIn && !chooses && !(back && isClient)) return location.replace(nextPage())
  const forced = providers.find(({ force_redirect }) => force_redirect)
  const stays = ['password', 'sso', 'sso_error'].some((one) => asked.has(one)) || justSignedOut()
  if (!signedIn && forced && !stays) return leaveFor(forced.url)
  if (brand) paint(brand)
  const root = document.getElementById('root')
  const step: Step = signedIn ? 'choose' : asked.get('sso') === 'join' ? 'join' : 'sign-in'
  const refused = asked.get('sso_error') ?? undefined
  if (root) render(<SignInPage brand={brand} providers={providers} first={step} chooses={chooses} refused={refused} />, root)
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
