/** Files of a multipart/form-data body (RFC 7578), read into memory within limits. Nothing is written to disk. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { setLoggedBody } from './activity.ts'
import { ApiError, errors, type FieldErrors } from './errors.ts'
import type { App } from './resource.ts'

/** Bytes allowed beside the files: boundaries, headers, fields that are ignored. */
const BESIDES = 64 * 1024
/** A larger body than allowed is read to its end and discarded up to this size, so that the client receives the error. */
const HEARD = 16 * 1024 * 1024
const limits = { fileSize: Infinity, files: 10, fields: 10, parts: 10, fieldSize: 1024, fieldNameSize: 100, headerPairs: 20 }

export interface Wanted<Name extends string> {
  names: readonly Name[]
  /** Bytes of one file at most. */
  most: number
  /** Milliseconds that the body may take to arrive. */
  timeoutMs: number
}

/** Registers a part of the application that accepts multipart bodies only; the rest accepts none. */
export async function registerUploads(app: App, declare: (part: App) => void): Promise<void> {
  await app.register(async (part) => {
    part.removeAllContentTypeParsers()
    await part.register(multipart)
    declare(part as App)
  })
}

/**
 * Reads the files with these names, at least one of them. Ignores other parts.
 * @throws 413 as soon as too much has arrived; 408; 415; 400 if the body is not complete multipart, holds none of the files, or one twice
 */
export async function readFiles<Name extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: Wanted<Name>,
): Promise<Map<Name, Buffer>> {
  if (!request.isMultipart()) throw errors.unsupportedType(request.headers['content-type'] ?? '')
  const { names, most, timeoutMs } = wanted
  const { raw } = request
  const stopped = Promise.withResolvers<never>()
  const late = setTimeout(() => stopped.reject(errors.timeout()), timeoutMs)
  let arrived = 0
  const count = (piece: Buffer) => {
    arrived += piece.length
    if (arrived > names.length * most + BESIDES) stopped.reject(errors.tooLarge(names.length * most + BESIDES))
  }
  raw.on('data', count)
  try {
    const files = await Promise.race([collect(request, wanted), stopped.promise])
    setLoggedBody(request, Object.fromEntries([...files].map(([name, bytes]) => [name, `${bytes.length} bytes, SHA-256 ${sha256(bytes)}`])))
    return files
  } catch (cause) {
    const error = cause instanceof ApiError ? cause : errors.invalid({ errors: ['The body is not complete multipart/form-data.'] })
    raw.unpipe()
    raw.resume()
    if (error.status === 408 || !(Number(request.headers['content-length']) <= HEARD)) reply.header('connection', 'close')
    throw error
  } finally {
    clearTimeout(late)
    raw.off('data', count)
  }
}

async function collect<Name extends string>(request: FastifyRequest, { names, most }: Wanted<Name>): Promise<Map<Name, Buffer>> {
  const files = new Map<Name, Buffer>()
  const wrong: FieldErrors = {}
  for await (const part of request.parts({ limits })) {
    const name = names.find((one) => one === part.fieldname)
    if (part.type === 'field') {
      if (name) wrong[name] = ['This must be a file.']
    } else if (!name) part.file.resume()
    else {
      if (files.has(name)) wrong[name] = ['Send this file only once.']
      files.set(name, await bytesOf(part.file, most))
    }
  }
  if (Object.keys(wrong).length > 0) throw errors.invalid(wrong)
  if (files.size === 0) throw errors.invalid({ errors: [`Send at least one of these files: ${names.join(', ')}.`] })
  return files
}

async function bytesOf(file: Readable, most: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of file as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > most) throw errors.tooLarge(most)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
