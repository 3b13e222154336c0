/** Dialogs in which the reader signs in again or confirms who it is, so that nothing typed on the page is lost. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { setPrompts } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import type { Kind } from './Prompt.tsx'

const Prompt = lazy(() => import('./Prompt.tsx'))

interface Pending {
  kind: Kind
  promise: Promise<void>
  resolve(): void
  reject(reason: unknown): void
}

export function IdentityPrompts() {
  const pending = useRef<Pending>(undefined)
  const [kind, setKind] = useState<Kind>()
  useEffect(() => {
    const ask = (next: Kind) => {
      if (pending.current) return pending.current.promise
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      pending.current = { kind: next, promise, resolve, reject }
      setKind(next)
      return promise
    }
    setPrompts({ signInAgain: () => ask('sign-in'), confirmIdentity: () => ask('identity') })
    return () => setPrompts(undefined)
  }, [])
  if (!kind) return null
  const end = (outcome: 'done' | 'declined') => {
    const { current } = pending
    pending.current = undefined
    setKind(undefined)
    if (outcome === 'done') current?.resolve()
    else current?.reject(new ApiError(kind === 'sign-in' ? 401 : 403, ''))
  }
  return (
    <Suspense>
      <Prompt kind={kind} end={end} />
    </Suspense>
  )
}
