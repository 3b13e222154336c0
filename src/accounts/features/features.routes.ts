/** Features under /iam/admin: the catalogue, and the free and paid features of accounts. */

import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change, resultAsAffected } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { App, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import type { ListHandles } from '../../lists/paging.ts'
import { enabledFeatures, findEnabled, findFeatures } from './features.queries.ts'
import { disableFeature, enableFeature } from './features.rules.ts'
import { EnabledFeature, Feature, featureToEnable } from './features.schema.ts'

const tags = ['Features']

export const features: Resource<ListHandles> = (app, handles) => {
  const { scope } = handles

  app.get(
    '/iam/admin/feature',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'listFeatures',
        summary: 'List all features',
        response: { 200: json(Type.Array(Feature), 'The catalogue.'), ...errorResponses(401, 403) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => findFeatures(db)),
  )

  app.get(
    '/iam/admin/feature/:featureId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'getFeature',
        summary: 'One feature',
        params: Type.Object({ featureId: id('Feature.') }),
        response: { 200: json(Feature, 'The feature.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params: { featureId } }) => {
      const [feature] = await scope.read(caller, (db) => findFeatures(db, featureId))
      if (!feature) throw errors.notFound()
      return feature
    },
  )

  enabled(app, handles, { path: '/iam/admin/free_features', isFree: true, kind: 'free', Kind: 'Free' })
  enabled(app, handles, { path: '/iam/admin/paid_features', isFree: false, kind: 'paid', Kind: 'Paid' })
}

interface Enabled {
  path: '/iam/admin/free_features' | '/iam/admin/paid_features'
  isFree: boolean
  kind: 'free' | 'paid'
  Kind: 'Free' | 'Paid'
}

/** Routes for the features of one kind that accounts have. */
function enabled(app: App, { scope, sendList }: ListHandles, { path, isFree, kind, Kind }: Enabled) {
  const config = { access: access.staff }
  const oneEnabled = Type.Object({ activatedFeatureId: id('A feature as an account has it.') })

  app.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: `list${Kind}Features`,
        summary: `The ${kind} features of all accounts`,
        querystring: Type.Object({}), // parameters are ignored: the list has no pages
        response: { 200: json(Type.Array(EnabledFeature), 'All of them.'), ...errorResponses(401, 403) },
      },
    },
    (request, reply) =>
      sendList(request, reply, request.query, {
        alwaysEnvelope: false,
        filters: {},
        costly: false,
        count: async () => 0, // not called without pages
        rows: (db, _, more) => enabledFeatures(db, request.caller, isFree, more),
      }),
  )

  app.post(
    path,
    {
      config,
      schema: {
        tags,
        operationId: `enable${Kind}Feature`,
        summary: `Enable a ${kind} feature for an account`,
        body: featureToEnable(isFree ? 1 : 4),
        response: { 201: json(EnabledFeature, 'The feature as the account has it.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { caller, body } = request
      reply.code(201)
      return change(scope, request, reply, body.client_id, (db) => enableFeature(db, caller, isFree, body))
    },
  )

  app.get(
    `${path}/:activatedFeatureId`,
    {
      config,
      schema: {
        tags,
        operationId: `get${Kind}Feature`,
        summary: `One ${kind} feature of an account`,
        params: oneEnabled,
        response: { 200: json(EnabledFeature, 'The feature as the account has it.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params }) => {
      const one = await scope.read(caller, (db) => findEnabled(db, caller, isFree, params.activatedFeatureId))
      if (!one) throw errors.notFound()
      return one
    },
  )

  app.delete(
    `${path}/:activatedFeatureId`,
    {
      config,
      schema: {
        tags,
        operationId: `disable${Kind}Feature`,
        summary: `Disable a ${kind} feature for an account`,
        params: oneEnabled,
        response: { 204: noContent('The feature was disabled.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, resultAsAffected, (db) => disableFeature(db, caller, isFree, params.activatedFeatureId))
    },
  )
}
