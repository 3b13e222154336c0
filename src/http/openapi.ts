/** Our OpenAPI 3.1 document at /openapi.json and /docs, made from the declarations of the routes and nothing else. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { access } from './access.ts'
import { refused } from './schema.ts'

const tags = [
  { name: 'Account', description: 'Signing in, sessions and the account one works in.' },
  { name: 'Users', description: 'People and their roles in accounts.' },
  { name: 'Clients', description: 'Client accounts of a reseller.' },
  { name: 'Services', description: 'What accounts use, and how far it has come.' },
  { name: 'Availability', description: 'Which products accounts may use.' },
  { name: 'Features', description: 'Extras of products, free and paid.' },
  { name: 'Resellers', description: 'Tenants of the platform.' },
  { name: 'Sellers', description: 'People of a reseller who look after clients.' },
  { name: 'API Tokens', description: 'Permanent credentials for programs.' },
  { name: 'Branding', description: 'How the console and the mails of a reseller look.' },
  { name: 'Notification Settings', description: 'Whom a reseller has told of failed logins and deletion requests.' },
  { name: 'Server', description: 'Health, figures and keys of this server.' },
]

/** Swagger UI styles by attributes; its scripts are files. */
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export async function describe(app: FastifyInstance, version: string) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Reeve', description: 'Identity and reselling: accounts, users, roles, tokens and what each may use.', version },
      tags,
      components: {
        securitySchemes: {
          APIKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`APIKey` and a token, such as `APIKey 42_…`.' },
          Bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a session.' },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const declared = route.config?.access
      const security = declared === undefined || declared === 'public' ? [] : [{ APIKey: [] }, { Bearer: [] }]
      const who = declared && declared !== 'public' && declared !== access.everyone ? { 'x-access': declared } : {}
      // Beyond what a route refuses, each refuses a session that must set up two-step verification first.
      const response = security.length > 0 && !schema.hide ? { ...refused(403), ...(schema.response as object) } : schema.response
      return { schema: { ...schema, security, ...who, ...(response !== undefined && { response }) }, url }
    },
    transformObject: (document) =>
      nameComponents(('openapiObject' in document ? document.openapiObject : document.swaggerObject) as Document) as never,
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    logLevel: 'warn',
    staticCSP: CSP,
    uiConfig: { persistAuthorization: true },
  })
}

interface Document {
  paths?: object
  components?: { schemas?: Record<string, unknown> }
}

/** Moves every schema that has a title to components.schemas and refers to it, so that SDK generators find the names. */
function nameComponents(document: Document): Document {
  const schemas: Record<string, unknown> = {}
  const move = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(move)
    if (node === null || typeof node !== 'object') return node
    const moved = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, move(value)]))
    if (typeof moved.title !== 'string' || !('type' in moved || 'anyOf' in moved)) return moved
    const { title, ...schema } = moved
    schemas[title] ??= schema
    return { $ref: `#/components/schemas/${title}` }
  }
  const paths = move(document.paths)
  return { ...document, paths: paths as object, components: { ...document.components, schemas } }
}
