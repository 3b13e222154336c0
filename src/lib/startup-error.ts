/** Why the server will not start, as sentences for the person who started it: printed without a stack, exit code 1. */
export class StartupError extends Error {
  override name = 'StartupError'
}
