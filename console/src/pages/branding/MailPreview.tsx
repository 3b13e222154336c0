/** A mail in the brand as it is typed, rendered by what renders the mails that are sent, with the names of an example. A chunk of its own. */
import { useLingui } from '@lingui/react/macro'
import { Group, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { exampleDetails } from '../../../../src/mail/example.ts'
import { hasLink, renderMail } from '../../../../src/mail/render.ts'
import type { MailTemplate } from '../../../../src/mail/templates.ts'
import { MailView } from '../../components/mail/MailView.tsx'
import { useCaller } from '../../lib/caller.ts'
import { type Language, languages } from '../../lib/languages.ts'
import { mailNames } from '../../lib/mails.ts'
import styles from './branding.module.css'
import { coloursOf, type Draft } from './draft.ts'

export default function MailPreview({ draft, logo }: { draft: Draft; logo: string | null }) {
  const { t } = useLingui()
  const { lang: own, company } = useCaller()
  const [template, setTemplate] = useState<MailTemplate>('invitation')
  const [lang, setLang] = useState<Language>(own)
  const url = `https://${draft.domain.trim() || 'auth.mycompany.com'}`
  const { subject, html } = renderMail({
    template,
    lang,
    details: exampleDetails,
    link: hasLink(template) ? `${url}/reeve/links/example` : undefined,
    brand: {
      name: draft.brandName.trim() || company,
      url,
      logo: logo ? `${url}${logo}` : undefined,
      colors: coloursOf(draft),
      fromEmail: undefined,
      support: {
        email: draft.supportEmail.trim() || undefined,
        phone: draft.supportPhone.trim() || undefined,
        website: draft.websiteLink.trim() || undefined,
      },
    },
  })
  return (
    <>
      <Group gap="xs" mb="xs">
        <NativeSelect
          size="xs"
          aria-label={t`Kind of email`}
          value={template}
          onChange={({ currentTarget }) => setTemplate(currentTarget.value as MailTemplate)}
          data={Object.entries(mailNames()).map(([value, label]) => ({ value, label }))}
        />
        <NativeSelect
          size="xs"
          aria-label={t`Language`}
          value={lang}
          onChange={({ currentTarget }) => setLang(currentTarget.value as Language)}
          data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
        />
      </Group>
      <p className={styles.small}>
        <bdi lang={lang}>{subject}</bdi>
      </p>
      <MailView html={html} />
    </>
  )
}
