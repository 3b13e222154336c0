/** An account as the parts of its page get it. */
import type { Client, ClientDetails } from '../../api/types.ts'

export interface Account extends Client {
  details: ClientDetails
  mayChange: boolean
}
