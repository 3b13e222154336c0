/** Brand images under /reeve/branding/images, by the digest of their bytes. Public, because sign-in pages and mails show them. */
import { Type } from 'typebox'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { ownerOfRequest } from '../../http/owners.ts'
import type { Resource } from '../../http/resource.ts'
import { errorResponses, noContent } from '../../http/schema.ts'
import type { Image } from '../../lib/images/image.ts'
import { createSemaphore, sharesOf } from '../../lib/semaphore.ts'

const endings: Record<Image['type'], string> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/svg+xml': 'svg', 'image/x-icon': 'ico' }
const binary = { schema: Type.Unsafe<string>({ type: 'string', format: 'binary' }) }
/** Anyone can request an image, which can have 4 MB, so the number read at once is limited. */
const reading = { name: 'brand_images', ...sharesOf({ permits: 8, queue: 500 }), timeout: 10_000 }

export const brandingImages: Resource<{ system: SystemSql }> = (app, { system }) => {
  const semaphore = createSemaphore(reading)

  app.get(
    '/reeve/branding/images/:digest',
    {
      config: { access: access.public },
      schema: {
        tags: ['Branding'],
        operationId: 'getBrandingImage',
        summary: 'An image of a brand',
        params: Type.Object({ digest: Type.String({ description: 'SHA-256 of the image in hexadecimal, as the settings name it.' }) }),
        response: {
          200: { description: 'The image.', content: Object.fromEntries(Object.keys(endings).map((type) => [type, binary])) },
          304: noContent('The client already has this image.'),
          ...errorResponses(404),
        },
      },
    },
    async (request, reply) => {
      const {
        params: { digest },
        headers,
      } = request
      if (!/^[0-9a-f]{64}$/.test(digest)) throw errors.notFound()
      const etag = `"${digest}"`
      const isKnown = headers['if-none-match']?.includes(etag) ?? false
      const image = await semaphore.run(ownerOfRequest(request), () => findImage(system, digest, !isKnown))
      if (!image) throw errors.notFound()
      reply.headers({
        etag,
        'cache-control': 'public, max-age=31536000, immutable',
        // An SVG opened by itself is a document: it must not run, load or send anything.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
      })
      if (isKnown) return reply.code(304).send()
      const { kind, type, content } = image
      return reply.header('content-disposition', `inline; filename="${kind}.${endings[type]}"`).type(type).send(content)
    },
  )
}

/** Reads across tenants, because a user who signs in has none yet. Finds one image, by a digest that only its reseller's settings name. */
async function findImage(system: SystemSql, digest: string, whole: boolean) {
  const [row] = await system<{ kind: string; type: Image['type']; content: Buffer | null }[]>`
    SELECT a.kind, a.content_type AS type, ${whole ? system`a.content` : system`NULL`} AS content
    FROM branding_assets a JOIN branding b USING (reseller_id) WHERE a.digest = decode(${digest}, 'hex') AND b.deleted_at IS NULL LIMIT 1`
  return row
}
