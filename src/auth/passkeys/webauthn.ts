/** Loads the WebAuthn library on first use instead of at startup: it is half as large as all that startup loads. */
export const webauthn = () => import('@simplewebauthn/server')
export const webauthnHelpers = () => import('@simplewebauthn/server/helpers')
