/** IP addresses and networks as text. */
import { BlockList, isIP } from 'node:net'

/**
 * Returns the address alone, however it is written: `192.0.2.1:443`, `[2001:db8::1]:443`, `::ffff:192.0.2.1`, `fe80::1%eth0`. Undefined for
 * anything else.
 */
export function bareAddress(text = ''): string | undefined {
  const [, bracketed, withPort] = /^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text) ?? []
  // An IPv4 address on a dual-stack socket counts as IPv4. A zone names an interface of one machine.
  const address = (bracketed ?? withPort ?? text).replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return isIP(address) === 0 ? undefined : address
}

/** Returns whether the text is a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix = ''] = text.split('/')
  return isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIP(address) === 4 ? 32 : 128)
}

const family = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** Makes a BlockList of networks and single addresses. */
export function networks(list: readonly string[]): BlockList {
  const block = new BlockList()
  for (const one of list) {
    const [address = '', prefix] = one.split('/')
    if (prefix === undefined) block.addAddress(address, family(address))
    else block.addSubnet(address, Number(prefix), family(address))
  }
  return block
}

export const contains = (block: BlockList, address: string): boolean => block.check(address, family(address))

const loopback = networks(['127.0.0.0/8', '::1'])

/** Returns whether this is a loopback address. */
export function isLoopback(text: string | undefined): boolean {
  const address = bareAddress(text)
  return address !== undefined && contains(loopback, address)
}
