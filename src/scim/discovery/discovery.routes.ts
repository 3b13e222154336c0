/** /scim/v2/ServiceProviderConfig, ResourceTypes and Schemas. */
import type { RouteShorthandOptions } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import type { App } from '../../http/resource.ts'
import { SCIM } from '../directory.ts'
import { type Document, listOf, schemas, scimErrors, scimJson, sendScim } from '../messages.ts'
import { resourceTypes, schemaDocuments, serviceProviderConfig } from './discovery.documents.ts'

const tags = ['SCIM']
const config = { access: access.scim }

export function discovery(app: App, { base }: { base: string }) {
  app.get(
    `${SCIM}/ServiceProviderConfig`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimGetConfig',
        summary: 'What of SCIM is supported',
        response: { 200: scimJson(schemas.Document, 'The configuration.'), ...scimErrors(401) },
      },
    },
    (_request, reply) => sendScim(reply, serviceProviderConfig(base)),
  )
  catalogue('ResourceTypes', 'ResourceType', 'resource types', resourceTypes(base))
  catalogue('Schemas', 'Schema', 'schemas', schemaDocuments(base))

  function catalogue(name: string, singular: string, words: string, documents: readonly Document[]) {
    const list: RouteShorthandOptions['schema'] = {
      tags,
      operationId: `scimList${name}`,
      summary: `List the ${words}`,
      response: { 200: scimJson(schemas.List, `The ${words}.`), ...scimErrors(401) },
    }
    app.get(`${SCIM}/${name}`, { config, schema: list }, (_request, reply) => sendScim(reply, listOf(documents)))
    app.get(
      `${SCIM}/${name}/:name`,
      {
        config,
        schema: {
          tags,
          operationId: `scimGet${singular}`,
          summary: `One of the ${words}`,
          params: Type.Object({ name: Type.String({ description: 'Its id.' }) }),
          response: { 200: scimJson(schemas.Document, 'It.'), ...scimErrors(401, 404) },
        },
      },
      (request, reply) => {
        const found = documents.find(({ id }) => id === request.params.name)
        if (!found) throw errors.notFound()
        return sendScim(reply, found)
      },
    )
  }
}
