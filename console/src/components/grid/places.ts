/** Where the reader was in each list, to come back to the very row; and the way back from a row's page by Escape. */
import type { AnyRouter } from '@tanstack/react-router'

interface Place {
  address: string
  top: number
  active: number
}
const places = new Map<string, Place>()

export const leavePlace = (list: string, place: Place) => places.set(list, place)

/** The place left last, if the list shows the same again. */
export function placeIn(list: string, address: string): Place | undefined {
  const place = places.get(list)
  return place?.address === address ? place : undefined
}

const isBusy = (target: EventTarget | null) =>
  (target instanceof Element && target.closest('input,textarea,select,[contenteditable]') !== null) ||
  document.querySelector('[role="dialog"],[role="menu"],[role="listbox"]') !== null

/** From now on Escape leads back, until another page is opened. */
export function escapeLeadsBack(router: AnyRouter, address: string) {
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || isBusy(event.target)) return
    event.preventDefault()
    router.history.back()
  }
  document.addEventListener('keydown', onKey)
  const stop = router.subscribe('onBeforeLoad', ({ toLocation }) => {
    if (toLocation.pathname === address) return
    document.removeEventListener('keydown', onKey)
    stop()
  })
}
