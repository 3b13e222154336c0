/** Whether the window is too narrow for columns. */
import { useSyncExternalStore } from 'react'

const media = matchMedia('(max-width: 48rem)')
const subscribe = (listener: () => void) => {
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}
export const useNarrow = () => useSyncExternalStore(subscribe, () => media.matches)
