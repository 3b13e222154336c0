/** Changes that a page makes: busy while they run, what is shown refreshed afterwards, and refusals said. */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { explain, fieldErrors } from './explain.ts'
import { toast } from './toast.ts'

function useChange(refuse: (error: unknown) => void) {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  /** @returns whether it succeeded */
  const run = async (change: () => Promise<unknown>, done?: string): Promise<boolean> => {
    setBusy(true)
    try {
      await change()
      await queries.invalidateQueries()
      if (done !== undefined) toast(done)
      return true
    } catch (error) {
      refuse(error)
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, run }
}

/** For a button: a refusal is a toast. */
export function useAct() {
  const { busy, run } = useChange((error) => toast(explain(error), { kind: 'failed' }))
  return { busy, act: run }
}

/** For a form: messages go under the fields of these names, the rest above its button. */
export function useSubmit(names: readonly string[]) {
  const [error, setError] = useState<unknown>()
  const { busy, run } = useChange((failure) => {
    setError(failure)
    // The first wrong field, once its message is there.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('main [aria-invalid=true], [role=dialog] [aria-invalid=true]')?.focus())
  })
  const submit: typeof run = (change, done) => {
    setError(undefined)
    return run(change, done)
  }
  return { busy, error, ...fieldErrors(error, names), submit, forget: () => setError(undefined) }
}
