/** Metrics of this process for Prometheus, beside those of its HTTP routes. Labels come from the code: their number does not grow with tenants. */
import { Registry } from 'prom-client'

export const processMetrics = new Registry()
