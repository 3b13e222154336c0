/** Asks before something that cannot be taken back. */
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from 'react'

export interface Question {
  title: string
  text: ReactNode
  /** The word on the button, a verb. */
  confirm: string
  danger?: boolean
}

const ConfirmDialog = lazy(() => import('./ConfirmDialog.tsx'))

let asked: (Question & { answer(yes: boolean): void }) | undefined
const listeners = new Set<() => void>()
const change = (next: typeof asked) => {
  asked = next
  for (const listener of listeners) listener()
}

/** Resolves to whether the reader agrees. */
export function confirm(question: Question): Promise<boolean> {
  asked?.answer(false)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  change({ ...question, answer: resolve })
  return promise
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Confirmations() {
  const question = useSyncExternalStore(subscribe, () => asked)
  if (!question) return null
  const end = (yes: boolean) => {
    change(undefined)
    question.answer(yes)
  }
  return (
    <Suspense>
      <ConfirmDialog question={question} end={end} />
    </Suspense>
  )
}
