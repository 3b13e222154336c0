import type { Client } from '../api/types.ts'
import { type Product, products, type ServiceStatus } from './words.ts'

/** Returns the services that an account's people see: those its provider shows, and of the ones not in use those it may have. */
export const servicesOf = ({ serviceStatuses, capabilities }: Client): { product: Product; status: ServiceStatus }[] =>
  products.flatMap((product) => {
    const service = serviceStatuses[product]
    const shown = service?.enabled && (service.status !== 'new' || capabilities.includes(product))
    return shown ? [{ product, status: service.status }] : []
  })
