/** Where the embedded server listens, and how this process reaches it. */
import { closeSync, constants, openSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

export interface Address {
  /** The folder of the Unix socket, as this process and its children open it, or 127.0.0.1. */
  host: string
  port: number
  /** Settings that make the server listen at this address. */
  settings: Record<string, string>
  close(): void
}

/**
 * Chooses a Unix socket in the cluster's folder, which only the server's account and root may enter. The server names it relative to its
 * working folder, the cluster, so its path may have any length. Our path may have 107 bytes (103 on macOS); a longer one goes through a
 * descriptor of the folder on Linux. Elsewhere, and always on Windows, chooses a free port on the loopback interface.
 */
export async function chooseAddress(cluster: string, platform: string = process.platform): Promise<Address> {
  const socket = { listen_addresses: '', unix_socket_directories: '.', unix_socket_permissions: '0700' }
  if (platform !== 'win32' && Buffer.byteLength(join(cluster, '.s.PGSQL.5432')) <= (platform === 'linux' ? 107 : 103)) {
    return { host: cluster, port: 5432, settings: socket, close: () => {} }
  }
  if (platform === 'linux') {
    let fd: number | undefined = openSync(cluster, constants.O_RDONLY | constants.O_DIRECTORY)
    const close = () => {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    }
    return { host: `/proc/${process.pid}/fd/${fd}`, port: 5432, settings: socket, close }
  }
  const port = await freePort()
  return {
    host: '127.0.0.1',
    port,
    settings: { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' },
    close: () => {},
  }
}

/** Returns whether a server already listens at the address. */
export function answers({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const client = host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host)
    client.once('connect', () => resolve(true)).once('error', () => resolve(false))
    client.once('connect', () => client.destroy())
  })
}

/** Returns whether a server of the cluster accepts connections. Finds only servers on a Unix socket. */
export async function clusterAnswers(cluster: string): Promise<boolean> {
  const address = await chooseAddress(cluster)
  try {
    return await answers(address)
  } finally {
    address.close()
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as { port: number }
        probe.close(() => resolve(port))
      })
  })
}
