import type { Token } from '../api/types.ts'

/** Days before its end from which a token is marked; the server mails its user then too. */
const SOON = 7

export const isLive = ({ deleted, expired }: Token) => !deleted && !expired

export const endsSoon = (token: Token, now = Date.now()) =>
  isLive(token) && token.exp_date !== null && new Date(token.exp_date).getTime() - now < SOON * 86_400_000
