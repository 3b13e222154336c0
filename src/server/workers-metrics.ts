/** The metrics of all processes of this server, asked of the first one, which asks each (src/server/workers.ts). */
import { once } from 'node:events'

/** In a worker: one text for Prometheus. */
export async function metricsOfAll(): Promise<string> {
  process.send?.({ type: 'metrics wanted' })
  for (;;) {
    const [order] = await once(process, 'message')
    if (order.type === 'metrics') return order.text
  }
}
