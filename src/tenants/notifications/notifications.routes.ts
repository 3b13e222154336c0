/** Notification recipients of resellers, under /iam/reselling/resellers/{resellerId}. A reseller manages its own, the platform all. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id, numericId, ordering } from '../../http/parameters.ts'
import type { Resource } from '../../http/resource.ts'
import { envelope, errorResponses, json, noContent } from '../../http/schema.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { type ListHandles, pageParameters } from '../../lists/paging.ts'
import {
  countSettings,
  deleteSetting,
  findSetting,
  insertSetting,
  settingOrders,
  settingRows,
  updateSetting,
} from './notifications.queries.ts'
import { changeSettings, resellerInSight } from './notifications.rules.ts'
import { NotificationSetting, NotificationSettingChanges, NotificationSettingRequest, type SettingFields } from './notifications.schema.ts'

const tags = ['Notification Settings']
const config = { access: access.resellers }
const path = '/iam/reselling/resellers/:resellerId/notification_settings'
const ofReseller = Type.Object({ resellerId: id('Reseller.') })
const one = Type.Object({ resellerId: id('Reseller.'), notificationSettingsId: numericId('Setting.') })

export const notifications: Resource<ListHandles> = (app, { scope, sendList }) => {
  app.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'listNotificationSettings',
        summary: 'List notification settings',
        params: ofReseller,
        querystring: Type.Object({
          ...pageParameters,
          ordering: ordering(
            settingOrders,
            `Fields separated by commas, \`-\` before one descends: ${Object.keys(settingOrders).join(', ')}.`,
          ),
        }),
        response: {
          200: json(envelope('NotificationSettingsPage', NotificationSetting), 'The settings.'),
          ...errorResponses(400, 401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const { resellerId } = request.params
      await scope.read(request.caller, (db) => resellerInSight(db, resellerId))
      return sendList(request, reply, request.query, {
        alwaysEnvelope: true,
        filters: { notificationsOf: resellerId },
        costly: false,
        count: (db) => countSettings(db, resellerId),
        rows: (db, slice, more) => settingRows(db, resellerId, request.query.ordering ?? [], slice, more),
      })
    },
  )

  app.post(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'createNotificationSetting',
        summary: 'Add a notification address',
        params: ofReseller,
        body: NotificationSettingRequest,
        response: { 201: json(NotificationSetting, 'The new setting.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { resellerId } = request.params
      reply.code(201)
      return change(scope, request, reply, null, (db) =>
        changeSettings(db, resellerId, () => insertSetting(db, resellerId, fieldsOf(request.body))),
      )
    },
  )

  app.get(
    `${path}/:notificationSettingsId`,
    {
      config,
      schema: {
        tags,
        operationId: 'getNotificationSetting',
        summary: 'One notification setting',
        params: one,
        response: { 200: json(NotificationSetting, 'The setting.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async ({ caller, params }) => {
      const setting = await scope.read(caller, (db) => findSetting(db, params.resellerId, params.notificationSettingsId))
      if (!setting) throw errors.notFound()
      return setting
    },
  )

  app.put(
    `${path}/:notificationSettingsId`,
    {
      config,
      schema: {
        tags,
        operationId: 'updateNotificationSetting',
        summary: 'Change a notification setting',
        description: '`enabled` keeps its value if it is left out.',
        params: one,
        body: NotificationSettingRequest,
        response: { 200: json(NotificationSetting, 'The setting as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => update(request, reply, request.params, request.body),
  )

  app.patch(
    `${path}/:notificationSettingsId`,
    {
      config,
      schema: {
        tags,
        operationId: 'patchNotificationSetting',
        summary: 'Change a part of a notification setting',
        params: one,
        body: NotificationSettingChanges,
        response: { 200: json(NotificationSetting, 'The setting as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => update(request, reply, request.params, request.body),
  )

  app.delete(
    `${path}/:notificationSettingsId`,
    {
      config,
      schema: {
        tags,
        operationId: 'deleteNotificationSetting',
        summary: 'Remove a notification address',
        params: one,
        response: { 204: noContent('The setting was removed.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { resellerId, notificationSettingsId } = request.params
      reply.code(204)
      await change(scope, request, reply, null, (db) =>
        changeSettings(db, resellerId, () => deleteSetting(db, resellerId, notificationSettingsId)),
      )
    },
  )

  const update = (
    request: FastifyRequest,
    reply: FastifyReply,
    { resellerId, notificationSettingsId }: { resellerId: number; notificationSettingsId: number },
    body: SettingFields,
  ) =>
    change(scope, request, reply, null, (db) =>
      changeSettings(db, resellerId, () => updateSetting(db, resellerId, notificationSettingsId, fieldsOf(body))),
    )
}

const fieldsOf = ({ notification_type, email, enabled }: SettingFields) => definedFields({ notification_type, email, enabled })
