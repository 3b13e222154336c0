/** /iam/auth/saml2/slo: a SAML provider signs somebody out, or answers that it did so for us. The browser comes along. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { FORM, registerForms } from '../../http/forms.ts'
import { parameter } from '../../http/parameters.ts'
import type { App } from '../../http/resource.ts'
import { errorResponses } from '../../http/schema.ts'
import type { Addresses } from '../../mail/brand.ts'
import { originAt } from '../origins.ts'
import { ProviderError } from '../protocol.ts'
import { type Received, receivePost, receiveRedirect } from '../saml/saml.logout.ts'
import type { SamlSignOutHandles } from './sign-out.saml.ts'
import { endByLogoutRequest } from './sign-out.saml.ts'

const tags = ['Single Sign-On']
const config = { access: access.public }
/** A message, encoded twice over. */
const LARGEST = 400 * 1024
const text = (description: string) => parameter<string>({ type: 'string', description }, (value) => value)
const response = {
  302: { description: 'The sessions have ended. The browser goes on to the address in Location, with our answer.', type: 'null' },
  ...errorResponses(400),
} as const
const description =
  'For providers, which send the browser here. A request must be signed with a certificate of the provider within the last hour, and counts ' +
  'once. The sessions that the provider began end at once: those of its SessionIndex, or all of the person. An answer leads to the sign-in page.'

const Form = Type.Object({
  SAMLRequest: Type.Optional(Type.String({ description: 'Who signed out, in base64.' })),
  SAMLResponse: Type.Optional(Type.String({ description: 'The answer to our request.' })),
  RelayState: Type.Optional(Type.String({ description: 'Given back with our answer.' })),
})

export async function samlLogout(app: App, handles: SamlSignOutHandles & { mail: { addresses: Addresses } }): Promise<void> {
  const end = async (request: FastifyRequest, reply: FastifyReply, receive: () => Received) => {
    try {
      const origin = await originAt(handles.system, handles.mail.addresses, request.host)
      const address = await endByLogoutRequest(handles, request, origin, receive())
      return go(reply, address ?? '/sign-in')
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      // Whoever sends it is unknown, so only the log says what is wrong.
      request.log.info({ code: error.code, why: error.message }, 'a logout request was refused')
      throw errors.invalid({ SAMLRequest: ['The request is not accepted.'] }, 'logout_request_refused')
    }
  }

  app.get(
    '/iam/auth/saml2/slo',
    {
      config,
      schema: {
        tags,
        operationId: 'samlLogoutByRedirect',
        summary: 'End the sessions of somebody who signed out at a SAML provider',
        description,
        querystring: Type.Object({
          SAMLRequest: text('Who signed out, deflated and in base64.'),
          SAMLResponse: text('The answer to our request.'),
          RelayState: text('Given back with our answer.'),
          SigAlg: text('Algorithm of the signature.'),
          Signature: text('Signature of the query.'),
        }),
        response,
      },
    },
    // An answer changes nothing here: the sessions ended before we asked.
    async (request, reply) => {
      if (request.query.SAMLRequest === undefined && request.query.SAMLResponse !== undefined) return go(reply, '/sign-in')
      return end(request, reply, () => receiveRedirect(request.url.split(/\?(.*)/s, 2)[1] ?? ''))
    },
  )

  await registerForms(app, (part) => {
    part.post(
      '/iam/auth/saml2/slo',
      {
        config,
        bodyLimit: LARGEST,
        schema: {
          tags,
          operationId: 'samlLogoutByPost',
          summary: 'End the sessions of somebody who signed out at a SAML provider, by POST',
          description,
          consumes: [FORM],
          body: Form,
          response,
        },
      },
      async (request, reply) => {
        const { SAMLRequest, SAMLResponse, RelayState } = request.body as Static<typeof Form>
        if (SAMLRequest === undefined && SAMLResponse !== undefined) return go(reply, '/sign-in')
        return end(request, reply, () => receivePost(SAMLRequest ?? '', RelayState))
      },
    )
  })
}

const go = (reply: FastifyReply, to: string) => reply.code(302).header('location', to).send()
