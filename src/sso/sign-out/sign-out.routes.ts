/** POST /reeve/sso/backchannel_logout/{providerId}: a provider of OpenID Connect says that somebody signed out there. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { FORM, registerForms } from '../../http/forms.ts'
import { numericId } from '../../http/parameters.ts'
import type { App } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { ProviderError } from '../protocol.ts'
import { endByLogoutToken, type SignOutHandles } from './sign-out.rules.ts'

export async function backchannelLogout(app: App, handles: SignOutHandles): Promise<void> {
  await registerForms(app, declare)

  function declare(part: App) {
    part.post(
      '/reeve/sso/backchannel_logout/:providerId',
      {
        config: { access: access.public },
        schema: {
          tags: ['Single Sign-On'],
          operationId: 'backchannelLogout',
          summary: 'End the sessions of somebody who signed out at the provider',
          description:
            'For providers (OpenID Connect Back-Channel Logout 1.0). The logout token must be signed by the provider, for our client, within the last ten minutes, and counts once. The sessions that the provider began end at once: those of `sid`, or all of `sub`.',
          consumes: [FORM],
          params: Type.Object({ providerId: numericId('Provider.') }),
          body: Type.Object({ logout_token: Type.String({ description: 'The token.' }) }),
          response: { 200: json(Type.Object({}), 'The sessions have ended.'), ...errorResponses(400) },
        },
      },
      async (request) => {
        const { params, body } = request
        try {
          await endByLogoutToken(handles, request, params.providerId, body.logout_token)
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error
          // Whoever sends it is unknown, so only the log says what is wrong.
          request.log.info({ provider: params.providerId, why: error.message }, 'a logout token was refused')
          throw errors.invalid({ logout_token: ['The token is not accepted.'] }, 'logout_token_refused')
        }
        return {}
      },
    )
  }
}
