/** The figures of all processes of this server, asked of the first one, which asks each (src/server/workers.ts). */
import { once } from 'node:events'

/** In a worker: one text for Prometheus. */
export async function figuresOfAll(): Promise<string> {
  process.send?.({ type: 'figures wanted' })
  for (;;) {
    const [order] = await once(process, 'message')
    if (order.type === 'figures') return order.text
  }
}
