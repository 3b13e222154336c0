/** A software authenticator: makes passkeys (ES256) and signs with them as a browser and a device would, or as somebody who cheats. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What the page, the browser or the device may do otherwise. */
export interface Cheat {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  crossOrigin?: boolean
  /** False where the device did not ask who holds it. */
  userVerified?: boolean
  userPresent?: boolean
  counter?: number
  userHandle?: string
  /** Signs with another key. */
  key?: KeyObject
  /** Claims another credential. */
  id?: string
  /** Attestation other than none. */
  format?: string
  statement?: Map<string, unknown>
}

interface CreationOptions {
  challenge: string
  rp: { id: string }
  user: { id: string }
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest()
const encoded = (data: Buffer | string) => Buffer.from(data).toString('base64url')

export class Authenticator {
  readonly id = randomBytes(32).toString('base64url')
  readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  counter = 1
  rpId = ''
  userHandle = ''
  readonly origin: string

  constructor(origin: string) {
    this.origin = origin
  }

  /** navigator.credentials.create */
  create({ challenge, rp, user }: CreationOptions, cheat: Cheat = {}) {
    this.rpId = rp.id
    this.userHandle = user.id
    const { x, y } = this.keys.publicKey.export({ format: 'jwk' })
    const cose = new Map<number, unknown>([
      [1, 2], // EC2
      [3, -7], // ES256
      [-1, 1], // P-256
      [-2, Buffer.from(x ?? '', 'base64url')],
      [-3, Buffer.from(y ?? '', 'base64url')],
    ])
    const id = Buffer.from(this.id, 'base64url')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const attested = Buffer.concat([Buffer.alloc(16), length, id, cbor(cose)])
    const attestation = new Map<string, unknown>([
      ['fmt', cheat.format ?? 'none'],
      ['attStmt', cheat.statement ?? new Map()],
      ['authData', this.#data(cheat, attested)],
    ])
    const clientDataJSON = this.#clientData('webauthn.create', challenge, cheat)
    return {
      ...this.#credential(cheat),
      response: { clientDataJSON, attestationObject: encoded(cbor(attestation)), transports: ['internal'] },
    }
  }

  /** navigator.credentials.get */
  get({ challenge }: { challenge: string }, cheat: Cheat = {}) {
    this.counter++
    const data = this.#data(cheat)
    const clientDataJSON = this.#clientData('webauthn.get', challenge, cheat)
    const signed = Buffer.concat([data, sha256(Buffer.from(clientDataJSON, 'base64url'))])
    const signature = encoded(sign('sha256', signed, cheat.key ?? this.keys.privateKey))
    const userHandle = cheat.userHandle ?? this.userHandle
    return { ...this.#credential(cheat), response: { clientDataJSON, authenticatorData: encoded(data), signature, userHandle } }
  }

  #credential = ({ id = this.id }: Cheat) => ({ id, rawId: id, type: 'public-key', clientExtensionResults: {} })

  #clientData(type: string, challenge: string, cheat: Cheat) {
    const { origin = this.origin, crossOrigin = false } = cheat
    return encoded(JSON.stringify({ type: cheat.type ?? type, challenge: cheat.challenge ?? challenge, origin, crossOrigin }))
  }

  /** WebAuthn, 6.1 */
  #data({ rpId = this.rpId, userVerified = true, userPresent = true, counter = this.counter }: Cheat, attested?: Buffer) {
    const flags = (userPresent ? 1 : 0) | (userVerified ? 4 : 0) | (attested ? 64 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)])
  }
}

/** Of CBOR (RFC 8949) what an authenticator needs: numbers, texts, bytes, lists and maps. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  const entries = [...(value as Map<unknown, unknown>)].flat().map(cbor)
  return Buffer.concat([head(5, entries.length / 2), ...entries])
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}
