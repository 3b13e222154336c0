/** The brand: what the sign-in page and the mails look like, with both beside the form as one types. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { confirm } from '../../components/confirm.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { useSubmit } from '../../lib/act.ts'
import { type Branding, brandingQuery, requestOf, usePutBranding } from '../../lib/branding.ts'
import { useCaller } from '../../lib/caller.ts'
import styles from './branding.module.css'
import { Contrasts, useContrasts } from './Contrasts.tsx'
import { type Draft, draftOf, shownOf } from './draft.ts'
import { BrandFields, ColourFields, SupportFields } from './fields.tsx'
import { Images } from './Images.tsx'
import { Preview } from './Preview.tsx'

const NAMES = [
  'domain',
  'brandName',
  'header',
  'primary',
  'websiteLink',
  'supportEmail',
  'supportPhone',
  'agreementLink',
  'showStatusPage',
] as const

export default function BrandingPage() {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(brandingQuery)
  return (
    <Page title={t`Branding`} text={t`How the sign-in page and the emails look to your customers.`}>
      {error && data === undefined ? (
        <ErrorState error={error} retry={refetch} />
      ) : data === undefined ? (
        <Skeleton height={420} />
      ) : (
        <BrandForm stored={data} />
      )}
    </Page>
  )
}

function BrandForm({ stored }: { stored: Branding | null }) {
  const { t } = useLingui()
  const { company } = useCaller()
  const put = usePutBranding()
  const [draft, setDraft] = useState(() => draftOf(stored, company))
  const { busy, fields, rest, submit } = useSubmit(NAMES)
  const contrasts = useContrasts(draft)
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }))
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const weak = contrasts.filter(({ ratio, needed }) => ratio < needed)
    if (weak.length > 0) {
      const text = (
        <ul className={styles.weak}>
          {weak.map(({ id, label, words }) => (
            <li key={id}>
              {label}: {words}
            </li>
          ))}
        </ul>
      )
      if (!(await confirm({ title: t`Save colours that are hard to see?`, text, confirm: t`Save anyway` }))) return
    }
    await submit(() => put(requestOf(stored, { domain: draft.domain.trim(), shown: shownOf(draft) })), t`Saved`)
  }
  const props = { draft, errors: fields, onChange: change }
  return (
    <div className={styles.columns}>
      <form onSubmit={save} noValidate>
        {stored?.deleted && <Notice tone="warn">{t`These settings were deleted. Saving restores them.`}</Notice>}
        <Section title={t`Brand`}>
          <BrandFields {...props} />
        </Section>
        <Section title={t`Logo and icon`}>
          <Images stored={stored} />
        </Section>
        <Section title={t`Colours`} text={t`Text on them is black or white, whichever can be read better.`}>
          <ColourFields {...props} />
          <Contrasts contrasts={contrasts} />
        </Section>
        <Section title={t`Help and support`} text={t`What is empty is not shown.`}>
          <SupportFields {...props} />
        </Section>
        <Notice tone="bad">{rest}</Notice>
        <Group mt="sm">
          <Button type="submit" loading={busy}>
            <Trans>Save</Trans>
          </Button>
        </Group>
      </form>
      <Preview draft={draft} logo={stored?.publicSettings.logo ?? null} />
    </div>
  )
}
