/**
 * Prometheus metrics of this process besides those of its HTTP routes. Labels come from the code, so their number does not grow with
 * tenants.
 */
import { Registry } from 'prom-client'

export const processMetrics = new Registry()
