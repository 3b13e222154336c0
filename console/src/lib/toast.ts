/** Short messages about what has just happened, shown by components/Toasts. */
export interface Toast {
  id: number
  kind: 'done' | 'failed'
  text: string
  /** For instance to undo. */
  action?: { label: string; run: () => void } | undefined
}

let toasts: readonly Toast[] = []
let next = 1
const listeners = new Set<() => void>()
const change = (all: readonly Toast[]) => {
  toasts = all
  for (const listener of listeners) listener()
}

export const currentToasts = () => toasts
export const onToasts = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export const closeToast = (id: number) => change(toasts.filter((one) => one.id !== id))

/** Shows a message; one that reports a failure or offers an action stays longer. */
export function toast(text: string, { kind = 'done', action }: Partial<Pick<Toast, 'kind' | 'action'>> = {}) {
  const id = next++
  change([...toasts.slice(-3), { id, kind, text, action }])
  setTimeout(() => closeToast(id), kind === 'failed' || action ? 10_000 : 5_000)
}
