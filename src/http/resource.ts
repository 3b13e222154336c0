/** The type of a resource: a function that declares its routes, given the handles it may use. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Scope } from '../db/scope.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface Handles {
  /** The database, restricted to what the caller may see. */
  scope: Scope
}

export type Resource<H = Handles> = (app: App, handles: H) => void

/** Sends a document that is already JSON text. */
export const sendDocument = (reply: FastifyReply, document: Buffer) => reply.type('application/json; charset=utf-8').send(document)
