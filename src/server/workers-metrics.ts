/** Metrics of all processes of this server, requested from the first one, which collects them (src/server/workers.ts). */
import { once } from 'node:events'

/** Returns the metrics as text for Prometheus. Called in a worker. */
export async function metricsOfAll(): Promise<string> {
  process.send?.({ type: 'metrics wanted' })
  for (;;) {
    const [order] = await once(process, 'message')
    if (order.type === 'metrics') return order.text
  }
}
