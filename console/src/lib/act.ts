/** Changes that a page makes: busy while they run, what is shown refreshed afterwards, and refusals said. */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { explain, fieldErrors } from './explain.ts'
import { toast } from './toast.ts'

/** For a button: a refusal is a toast. */
export function useAct() {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  /** @returns whether it succeeded */
  const act = async (change: () => Promise<unknown>, done?: string): Promise<boolean> => {
    setBusy(true)
    try {
      await change()
      await queries.invalidateQueries()
      if (done !== undefined) toast(done)
      return true
    } catch (error) {
      toast(explain(error), { kind: 'failed' })
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, act }
}

/** For a form: messages go under the fields of these names, the rest above its button. */
export function useSubmit(names: readonly string[]) {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const { fields, rest } = error === undefined ? { fields: {} as Record<string, string>, rest: undefined } : fieldErrors(error, names)
  /** @returns whether it succeeded */
  const submit = async (change: () => Promise<unknown>, done?: string): Promise<boolean> => {
    setBusy(true)
    setError(undefined)
    try {
      await change()
      await queries.invalidateQueries()
      if (done !== undefined) toast(done)
      return true
    } catch (failure) {
      setError(failure)
      // The first wrong field, once its message is there.
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>('main [aria-invalid=true], [role=dialog] [aria-invalid=true]')?.focus(),
      )
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, error, fields, rest, submit, forget: () => setError(undefined) }
}
