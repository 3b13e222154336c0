/** Who is signed in: what the navigation and the pages show depends on it. The server decides what is allowed. */
import { createContext, use, useSyncExternalStore } from 'react'
import { currentSession, onSession, type Session } from '../api/session.ts'

export type Caller = Session['caller']

export const CallerContext = createContext<Caller | undefined>(undefined)

export function useCaller(): Caller {
  const caller = use(CallerContext)
  if (!caller) throw new Error('useCaller works below the shell only.')
  return caller
}

export const isStaff = ({ kind }: Caller) => kind !== 'client'
export const isAdministrator = ({ kind, role }: Caller) => kind === 'client' && role === 'Administrators'

/** Returns who really acts, if somebody is logged in as the caller. How the caller signs in cannot be changed then. */
export const useActing = () => useSyncExternalStore(onSession, () => currentSession()?.acting ?? null)
