/** The library of WebAuthn, read when it is first needed and not at the start: it is as large as half of what a start reads. */
export const webauthn = () => import('@simplewebauthn/server')
export const webauthnHelpers = () => import('@simplewebauthn/server/helpers')
