/** Presets of the console's lists under /reeve/presets, for staff. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { id, oneOf } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../../lists/cursors.ts'
import { presetsAfter } from './presets.queries.ts'
import { changePreset, createPreset, presetInSight, removePreset } from './presets.rules.ts'
import { consoleLists, NewPreset, Preset, PresetChanges } from './presets.schema.ts'

const tags = ['Console']
const config = { access: access.staff, leavesCallers: true } as const
const path = '/reeve/presets'
const params = Type.Object({ presetId: id('Preset.') })
const byId: KeysetOrder = { column: 'id', descending: false }

export const presets: Resource = (app, { scope }) => {
  app.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'listPresets',
        summary: 'List presets',
        description: 'Your own and those shared by your colleagues, in order of id.',
        querystring: Type.Object({ ...cursorParameters, list: oneOf(consoleLists, 'Only presets of this list.') }),
        response: { 200: json(cursorPage('PresetsPage', Preset), 'A page.'), ...errorResponses(400, 401, 403) },
      },
    },
    async ({ caller, query: { limit = 100, cursor, list } }, reply) => {
      const position = positionIn(byId, cursor)
      const rows = await scope.read(caller, (db) => presetsAfter(db, caller, list, position?.id ?? 0, limit))
      const documents = rows.map(({ document }) => [document])
      return sendDocument(reply, cursorText(documents, byId, limit, rows.at(-1)))
    },
  )

  app.post(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'createPreset',
        summary: 'Save a preset',
        description: 'A user can have 200. Set the one that a list opens with in the preferences.',
        body: NewPreset,
        response: { 201: json(Preset, 'The preset.'), ...errorResponses(400, 401, 403) },
      },
    },
    (request, reply) => {
      const { caller, body } = request
      reply.code(201)
      return change(scope, request, reply, null, (db) => createPreset(db, caller, body))
    },
  )

  app.get(
    `${path}/:presetId`,
    {
      config,
      schema: {
        tags,
        operationId: 'getPreset',
        summary: 'One preset',
        params,
        response: { 200: json(Preset, 'The preset.'), ...errorResponses(401, 403, 404) },
      },
    },
    ({ caller, params }) => scope.read(caller, (db) => presetInSight(db, caller, params.presetId)),
  )

  app.patch(
    `${path}/:presetId`,
    {
      config,
      schema: {
        tags,
        operationId: 'updatePreset',
        summary: 'Change a preset',
        description: 'Your own. The reseller’s users also change those that others share, but only the owner makes one private.',
        params,
        body: PresetChanges,
        response: { 200: json(Preset, 'The preset as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { caller, params, body } = request
      return change(scope, request, reply, null, (db) => changePreset(db, caller, params.presetId, body))
    },
  )

  app.delete(
    `${path}/:presetId`,
    {
      config,
      schema: {
        tags,
        operationId: 'deletePreset',
        summary: 'Delete a preset',
        description: 'Your own, and for the reseller’s users those that others share.',
        params,
        response: { 204: noContent('The preset was deleted.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, null, (db) => removePreset(db, caller, params.presetId))
    },
  )
}
