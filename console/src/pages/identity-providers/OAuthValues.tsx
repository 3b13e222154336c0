/** The other side of OpenID Connect, Google and GitHub: who issues, and how it knows this server. */
import { useLingui } from '@lingui/react/macro'
import { PasswordInput } from '@mantine/core'
import { api } from '../../api/client.ts'
import type { IdentityProvider, OAuthSettingsRequest } from '../../api/types.ts'
import { EditableSection, type Field } from '../../components/EditableSection.tsx'
import { isComplete } from './words.ts'

type AuthMethod = NonNullable<OAuthSettingsRequest['auth_method']>

export function OAuthValues({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { id, kind, oauth, has_client_secret } = provider
  const own: Record<string, Field[]> = {
    oidc: [
      {
        name: 'issuer',
        label: t`Issuer`,
        value: oauth?.issuer ?? '',
        type: 'url',
        required: true,
        help: t`Without /.well-known/openid-configuration.`,
      },
    ],
    github: [
      {
        name: 'base_url',
        label: t`Address of GitHub Enterprise Server`,
        value: oauth?.base_url ?? '',
        type: 'url',
        help: t`Empty for github.com.`,
      },
    ],
  }
  const fields: Field[] = [
    ...(own[kind] ?? []),
    { name: 'client_id', label: t`Client ID`, value: oauth?.client_id ?? '', required: true },
    {
      name: 'client_secret',
      label: t`Client secret`,
      value: '',
      shown: has_client_secret ? t`Stored, and never shown` : undefined,
      input: ({ label, value, onChange, error }) => (
        <PasswordInput
          label={label}
          description={has_client_secret ? t`Empty to keep what is stored.` : undefined}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          error={error}
          required={!has_client_secret}
          autoComplete="off"
        />
      ),
    },
    ...(kind === 'oidc'
      ? [
          {
            name: 'scopes',
            label: t`Further scopes`,
            value: (oauth?.scopes ?? []).join(' '),
            help: t`Separated by spaces. openid, email and profile are always asked for.`,
          },
          {
            name: 'auth_method',
            label: t`How the secret is sent`,
            value: oauth?.auth_method ?? 'client_secret_basic',
            shown: oauth?.auth_method === 'client_secret_post' ? t`In the body` : t`In the header (usual)`,
            options: [
              { value: 'client_secret_basic', label: t`In the header (usual)` },
              { value: 'client_secret_post', label: t`In the body` },
            ],
          },
        ]
      : []),
  ]
  const save = ({ issuer, base_url, client_id, client_secret, scopes, auth_method }: Record<string, string>) => {
    const changed: OAuthSettingsRequest = {
      ...(issuer !== undefined && { issuer: issuer.trim() }),
      ...(base_url !== undefined && { base_url: base_url.trim() || null }),
      ...(client_id !== undefined && { client_id: client_id.trim() }),
      ...(client_secret && { client_secret }),
      ...(scopes !== undefined && { scopes: scopes.split(/[\s,]+/).filter((scope) => scope !== '') }),
      ...(auth_method !== undefined && { auth_method: auth_method as AuthMethod }),
    }
    return api('PATCH /reeve/identity_providers/{providerId}', { path: { providerId: id }, body: { oauth: changed } })
  }
  return (
    <EditableSection
      title={t`Their values`}
      text={t`What the identity provider shows once this server is registered there.`}
      fields={fields}
      save={save}
      mayChange
      startsOpen={!isComplete(provider)}
    />
  )
}
