/** The branding of the caller's own reseller, under /iam/reselling/settings. The platform has one too. */
import type { FastifyRequest } from 'fastify'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import type { App, Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { readFiles, registerUploads } from '../../http/uploads.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { ownerOf } from '../../lib/owner.ts'
import { createSemaphore, sharesOf } from '../../lib/semaphore.ts'
import { imageKinds, showBranding } from './branding.queries.ts'
import { MOST_BYTES, putImages, putSettings, readImages } from './branding.rules.ts'
import { BrandingFiles, BrandingRequest, BrandingSettings } from './branding.schema.ts'

const tags = ['Branding']
const config = { access: access.resellers }

export const branding: Resource<Handles & { cipher: Cipher }> = (app, { scope, cipher }) => {
  app.get(
    '/iam/reselling/settings',
    {
      config,
      schema: {
        tags,
        operationId: 'getBrandingSettings',
        summary: 'Get the branding of your reseller',
        response: { 200: json(BrandingSettings, 'The settings.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async ({ caller }) => {
      const settings = await scope.read(caller, (db) => showBranding(db, caller.resellerId))
      if (!settings) throw errors.notFound()
      return settings
    },
  )

  app.put(
    '/iam/reselling/settings',
    {
      config,
      bodyLimit: 32 * 1024, // three URLs of 2,000 characters
      schema: {
        tags,
        operationId: 'updateBrandingSettings',
        summary: 'Replace the branding of your reseller',
        body: BrandingRequest,
        response: { 200: json(BrandingSettings, 'The settings as they are now.'), ...errorResponses(400, 401, 403) },
      },
    },
    (request, reply) => {
      const { resellerId } = request.caller
      return change(scope, request, reply, null, async (db) => {
        await putSettings(db, cipher, resellerId, request.body)
        return showBranding(db, resellerId)
      })
    },
  )
}

/** An image being checked takes about four times its size in memory, so few are checked at once. */
const looking = { name: 'uploads', ...sharesOf({ permits: 2, queue: 50 }), timeout: 10_000 }
/** An upload takes up to 8 MB of memory and a minute to arrive. Uploads have permits of their own, so that slow ones hold up no checks. */
const arriving = { name: 'uploads_arriving', ...sharesOf({ permits: 16, queue: 50 }), timeout: 10_000 }
const ARRIVAL = 60_000

export async function brandingUploads(app: App, { scope }: Handles): Promise<void> {
  const [arrivals, uploads] = [createSemaphore(arriving), createSemaphore(looking)]
  await registerUploads(app, (part) =>
    part.post(
      '/iam/reselling/settings/upload',
      {
        config,
        // The schema is documentation only: the body is read and validated below.
        validatorCompiler: () => (value: unknown) => ({ value }),
        schema: {
          tags,
          operationId: 'uploadBrandingImages',
          summary: 'Upload the logo, the favicon or both',
          description:
            'The content decides the type of a file. Scripts and external references are removed from an SVG, and metadata from other images.',
          consumes: ['multipart/form-data'],
          body: BrandingFiles,
          response: { 200: json(BrandingSettings, 'The settings as they are now.'), ...errorResponses(400, 401, 403, 404) },
        },
      },
      async (request: FastifyRequest, reply) => {
        const { resellerId } = request.caller
        const owner = ownerOf(request.caller)
        return arrivals.run(owner, async () => {
          const files = await readFiles(request, reply, { names: imageKinds, most: MOST_BYTES, timeoutMs: ARRIVAL })
          return uploads.run(owner, async () => {
            const images = await readImages(files)
            return change(scope, request, reply, null, async (db) => {
              await putImages(db, resellerId, images)
              return showBranding(db, resellerId)
            })
          })
        })
      },
    ),
  )
}
