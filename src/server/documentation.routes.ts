/** GET /iam/docs/platform/resellers: the OpenAPI document of the operations that a reseller may call, as YAML. */
import { Type } from 'typebox'
import { stringify } from 'yaml'
import { type Access, access } from '../http/access.ts'
import type { Resource } from '../http/resource.ts'
import { errorResponses } from '../http/schema.ts'

type Operations = Record<string, { 'x-access'?: Exclude<Access, 'public' | 'scim'> }>

export const documentation: Resource = (app) => {
  let text: Buffer | undefined

  app.get(
    '/iam/docs/platform/resellers',
    {
      config: { access: access.staff },
      schema: {
        tags: ['Server'],
        operationId: 'getApiDocumentation',
        summary: 'This documentation, for resellers',
        description: 'An OpenAPI 3.1 document of every operation that a reseller can use.',
        response: {
          200: {
            description: 'The document.',
            content: { 'application/yaml': { schema: Type.Unsafe<Buffer>({ type: 'object', description: 'An OpenAPI document.' }) } },
          },
          ...errorResponses(401, 403),
        },
      },
    },
    async (_request, reply) => {
      text ??= Buffer.from(
        stringify(forResellers(app.swagger() as { paths: Record<string, Operations> }), { aliasDuplicateObjects: false }),
      )
      return reply.type('application/yaml; charset=utf-8').send(text) // RFC 9512
    },
  )
}

/** Removes the operations that resellers may not call, and paths left without any. An operation without `x-access` is open to everybody. */
function forResellers<D extends { paths: Record<string, Operations> }>(document: D): D {
  const mayCall = ({ 'x-access': kinds }: Operations[string]) => kinds?.kinds.includes('reseller') ?? true
  const paths = Object.entries(document.paths)
    .map(([path, operations]) => [path, Object.fromEntries(Object.entries(operations).filter(([, one]) => mayCall(one)))] as const)
    .filter(([, operations]) => Object.keys(operations).length > 0)
  return { ...document, paths: Object.fromEntries(paths) }
}
