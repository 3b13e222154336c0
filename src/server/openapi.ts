/** The OpenAPI 3.1 document at /openapi.json and /docs, generated from the declarations of the routes alone. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { access } from '../http/access.ts'
import { codesByStatus, errorCodes } from '../http/error-codes.ts'
import { errorResponses } from '../http/schema.ts'
import { theme, ui } from './docs-page.ts'

/** In the order of use: sign in, then users, accounts and what they use, then a reseller's own settings, then the platform. */
const tags = [
  { name: 'Account', description: 'Sign in, choose an account, change your password, and see what was done.' },
  { name: 'Sessions', description: 'Where a user is signed in, and signing out there.' },
  {
    name: 'Console',
    description:
      'What the pages of the console need: sessions in cookies, the brand of the host, saved lists, preferences, figures and search.',
  },
  { name: 'Two-Step Verification', description: 'Codes of an authenticator beside the password.' },
  { name: 'Passkeys', description: 'Signing in without a password.' },
  { name: 'Identity Providers', description: 'Systems that say who somebody is: by SAML, OpenID Connect, Google or GitHub.' },
  { name: 'Single Sign-On', description: 'Signing in by an identity provider, and the identities of a user.' },
  { name: 'API Tokens', description: 'Credentials for programs.' },
  { name: 'Users', description: 'Users and their roles in accounts.' },
  { name: 'Directory Sync', description: 'The directory that keeps the users of an account or a reseller by SCIM: its tokens and rules.' },
  { name: 'SCIM', description: 'SCIM 2.0 (RFC 7644), for directories such as Entra and Okta. Takes the tokens of a directory alone.' },
  { name: 'Clients', description: 'Client accounts of a reseller.' },
  { name: 'Services', description: 'The products that an account uses, and the status of each.' },
  { name: 'Availability', description: 'The products that accounts may use.' },
  { name: 'Features', description: 'Free and paid extras of products.' },
  { name: 'Change Sets', description: 'One change of many accounts: previewed, applied in the background, with a result for each.' },
  { name: 'Sellers', description: 'Staff of a reseller who look after clients.' },
  { name: 'Branding', description: 'The look of a reseller’s console and emails.' },
  { name: 'Notification Settings', description: 'Addresses that get an email about failed sign-ins and requests to delete an account.' },
  { name: 'Security Settings', description: 'What a reseller requires of the sign-in of its users.' },
  { name: 'Activity', description: 'Requests and sign-ins, page by page.' },
  { name: 'Resellers', description: 'The tenants of the platform.' },
  { name: 'Outbox', description: 'Emails of the whole server: sent, waiting, and kept if there is no mail server.' },
  { name: 'Links', description: 'The pages that links in emails open.' },
  { name: 'Server', description: 'Health, metrics and public keys of this server.' },
]

/** Markdown, shown above the operations. */
const introduction = `Accounts, people, roles, API tokens, and the products that each account may use.

Paths under \`/iam/\` are the Gcore IAM API and IAM Reseller API as documented, so their SDKs, Terraform code and scripts work here. Paths under
\`/reeve/\` add what those APIs lack.

**Begin** with a credential:

1. [Sign in](#/Account/login) with email and password. The \`access\` token in the response works for an hour.
2. Press **Authorize** and paste it under *Bearer*. An API token, such as \`42_…\`, goes under *APIKey* instead.
3. Open any operation and press **Execute**. Bodies are filled in with examples that a demo server accepts: \`npm run demo\` starts one and writes
   sign-ins to \`data/demo.json\`.

A program sends \`Authorization: APIKey 42_…\` or \`Authorization: Bearer …\`. [Create an API token](#/API%20Tokens/createToken) for it.

With \`limit\`, a list returns \`count\`, \`next\` and \`results\`. An empty filter is ignored.

Errors are \`{"errors": {"field": ["text"]}}\` for a field, else \`{"message": "text"}\`.
Every error has a stable code in \`X-Error-Code\`, and every response an \`X-Request-Id\`. Besides the statuses that an operation lists, any operation
can return 413, 415, 429 and 503. \`Retry-After\` says when to try again.`

/** Swagger UI uses inline styles; its scripts are files. */
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export async function describe(app: FastifyInstance, version: string) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Reeve API', description: introduction, version },
      servers: [{ url: '/', description: 'This server' }],
      tags,
      components: {
        securitySchemes: {
          APIKey: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: 'An API token, such as `APIKey 42_…`. You can omit the word `APIKey` here.',
          },
          Bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'The access token of a session, without the word `Bearer`.',
          },
          Directory: {
            type: 'http',
            scheme: 'bearer',
            description: 'A SCIM token, such as `scim_7_…`. It works under `/scim/v2/` and nowhere else.',
          },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const declared = route.config?.access
      const security =
        declared === undefined || declared === 'public' ? [] : declared === 'scim' ? [{ Directory: [] }] : [{ APIKey: [] }, { Bearer: [] }]
      const who = declared && declared !== 'public' && declared !== 'scim' && declared !== access.everyone ? { 'x-access': declared } : {}
      // Besides its own errors, every route rejects a session that must first set up two-step verification.
      const response =
        security.length > 0 && declared !== 'scim' && !schema.hide
          ? { ...errorResponses(403), ...(schema.response as object) }
          : schema.response
      return { schema: { ...schema, security, ...who, ...(response !== undefined && { response }) }, url }
    },
    transformObject: (document) =>
      nameCodes(nameComponents(('openapiObject' in document ? document.openapiObject : document.swaggerObject) as Document)) as never,
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    logLevel: 'warn',
    staticCSP: CSP,
    uiConfig: ui,
    theme,
  })
}

interface Document {
  paths?: object
  components?: { schemas?: Record<string, unknown>; headers?: object }
}

/**
 * Adds the header with the error code to every JSON error, with the codes of its status in the catalogue. Errors of HTML pages have none.
 */
function nameCodes(document: Document): Document {
  const headers = Object.fromEntries(
    [...codesByStatus()].map(([status, codes]) => [
      `ErrorCode${status}`,
      {
        description: codes.map((code) => `\`${code}\`: ${errorCodes[code][1]}`).join('\n\n'),
        schema: { type: 'string', enum: codes },
      },
    ]),
  )
  const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item as object)) as { responses?: object }[]
  for (const { responses = {} } of operations)
    for (const [status, response] of Object.entries(responses) as [string, { headers?: object; content?: object }][])
      if (`ErrorCode${status}` in headers && 'application/json' in (response.content ?? {}))
        response.headers = { ...response.headers, 'X-Error-Code': { $ref: `#/components/headers/ErrorCode${status}` } }
  return { ...document, components: { ...document.components, headers } }
}

/** Moves every schema with a title to components.schemas and refers to it there, so that SDK generators find the names. */
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
