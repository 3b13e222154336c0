/** The other side of SAML: its metadata by address or file, or its values typed. */
import { useLingui } from '@lingui/react/macro'
import { Textarea } from '@mantine/core'
import { api } from '../../api/client.ts'
import type { IdentityProvider, SamlSettingsRequest } from '../../api/types.ts'
import { EditableSection, type Field } from '../../components/EditableSection.tsx'
import { Certificates } from './Certificates.tsx'
import { Metadata } from './Metadata.tsx'

type Signed = NonNullable<SamlSettingsRequest['signed']>
type Binding = NonNullable<SamlSettingsRequest['sso_binding']>

/** The certificates in a text, each with its frame; text without frames is one certificate. */
const certificatesIn = (text: string): string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? (text.trim() === '' ? [] : [text.trim()])

export function SamlValues({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { id, saml } = provider
  const signed: Record<Signed, string> = {
    either: t`The answer or the assertion`,
    response: t`The whole answer`,
    assertion: t`The assertion alone, as Entra does`,
  }
  const bindings: Record<Binding, string> = { redirect: t`Redirect (usual)`, post: 'POST' }
  const optional = (name: 'subject_attribute' | 'email_attribute' | 'name_attribute', label: string, help: string): Field => ({
    name,
    label,
    value: saml?.[name] ?? '',
    help,
  })
  const fields: Field[] = [
    { name: 'entity_id', label: t`Entity ID`, value: saml?.entity_id ?? '' },
    { name: 'sso_url', label: t`Sign-in address`, value: saml?.sso_url ?? '', type: 'url' },
    {
      name: 'sso_binding',
      label: t`How the request gets there`,
      value: saml?.sso_binding ?? 'redirect',
      shown: bindings[saml?.sso_binding ?? 'redirect'],
      options: Object.entries(bindings).map(([value, label]) => ({ value, label })),
    },
    { name: 'slo_url', label: t`Sign-out address`, value: saml?.slo_url ?? '', type: 'url' },
    {
      name: 'signed',
      label: t`What must be signed`,
      value: saml?.signed ?? 'either',
      shown: signed[saml?.signed ?? 'either'],
      options: Object.entries(signed).map(([value, label]) => ({ value, label })),
    },
    optional('subject_attribute', t`Attribute with a permanent ID`, t`Empty for the name ID.`),
    optional('email_attribute', t`Attribute with the email`, t`Empty for the usual names.`),
    optional('name_attribute', t`Attribute with the name`, t`Empty for the usual names.`),
    {
      name: 'certificates',
      label: t`Certificates`,
      value: (saml?.certificates ?? []).join('\n'),
      shown: (saml?.certificate_details ?? []).map(({ ending }) => `…${ending}`).join(', ') || undefined,
      input: ({ label, value, onChange, error }) => (
        <Textarea
          label={label}
          description={t`In PEM, one below the other.`}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          error={error}
          rows={5}
          spellCheck={false}
        />
      ),
    },
  ]
  const save = ({ certificates, signed: mustBe, sso_binding, entity_id, sso_url, ...rest }: Record<string, string>) => {
    const changed: SamlSettingsRequest = {
      ...(entity_id !== undefined && { entity_id: entity_id.trim() }),
      ...(sso_url !== undefined && { sso_url: sso_url.trim() }),
      ...(certificates !== undefined && { certificates: certificatesIn(certificates) }),
      ...(mustBe !== undefined && { signed: mustBe as Signed }),
      ...(sso_binding !== undefined && { sso_binding: sso_binding as Binding }),
      ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value.trim() || null])),
    }
    return api('PATCH /reeve/identity_providers/{providerId}', { path: { providerId: id }, body: { saml: changed } })
  }
  return (
    <>
      <Metadata provider={provider} />
      <EditableSection
        title={t`Their values`}
        text={t`Filled from the metadata. Type them where there is none.`}
        fields={fields}
        save={save}
        mayChange
      />
      {saml && saml.certificate_details.length > 0 && <Certificates details={saml.certificate_details} />}
    </>
  )
}
