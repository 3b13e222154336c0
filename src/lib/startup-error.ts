/** Why the server cannot start, as a message for the operator: printed without a stack trace, exit code 1. */
export class StartupError extends Error {
  override name = 'StartupError'
}
