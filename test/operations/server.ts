/** What the server says of itself. */
import { type Operation, open } from './table.ts'

export const server: Record<string, Operation> = {
  'GET /healthz': open,
  'GET /readyz': open,
  'GET /metrics': open,
  'GET /.well-known/jwks.json': open,
  'GET /iam/auth/saml2/metadata': open,
}
