/** Reads the metadata of a SAML provider: from its address, which is then read every day, or from a file. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, FileButton, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import type { IdentityProvider, SamlSettingsRequest } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { useSubmit } from '../../lib/act.ts'
import styles from './identity-providers.module.css'

/** What the server takes. */
const LARGEST = 88 * 1024

export function Metadata({ provider }: { provider: IdentityProvider }) {
  const { t } = useLingui()
  const { id, saml, metadata_read_at, metadata_error } = provider
  const stored = saml?.metadata_url ?? ''
  const [typed, setTyped] = useState(stored)
  const [tooLarge, setTooLarge] = useState(false)
  const { busy, fields, rest, submit } = useSubmit(['metadata_url'])
  const address = typed.trim()
  const send = (body: SamlSettingsRequest) => {
    setTooLarge(false)
    const path = { providerId: id }
    return submit(() => api('PATCH /reeve/identity_providers/{providerId}', { path, body: { saml: body } }), t`The metadata was read.`)
  }
  const read = (event: FormEvent) => {
    event.preventDefault()
    void send({ metadata_url: address === '' ? null : address })
  }
  const upload = async (file: File | null) => {
    if (!file) return
    if (file.size > LARGEST) return setTooLarge(true)
    // What a file says is not overwritten the next day by what an address says.
    if (await send({ metadata: await file.text(), metadata_url: null })) setTyped('')
  }
  const again = stored !== '' && address === stored
  return (
    <Section title={t`Their metadata`} text={t`The shortest way: it holds all values and certificates.`}>
      {metadata_error !== null && (
        <Notice tone="warn">
          <Trans>The metadata could not be read last time:</Trans> <bdi>{metadata_error}</bdi>
        </Notice>
      )}
      <form onSubmit={read} noValidate>
        <div className={styles.address}>
          <TextInput
            className={styles.grow}
            label={t`Address of the metadata`}
            description={t`Read again every day, so that a new certificate is known in time.`}
            type="url"
            placeholder="https://"
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
          <Button type="submit" loading={busy} disabled={address === '' && stored === ''}>
            {again ? <Trans>Read again</Trans> : stored !== '' && address === '' ? <Trans>Forget the address</Trans> : <Trans>Read</Trans>}
          </Button>
          <FileButton onChange={upload} accept=".xml,application/xml,text/xml">
            {(props) => (
              <Button {...props} variant="default" disabled={busy}>
                <Trans>Upload a file</Trans>
              </Button>
            )}
          </FileButton>
        </div>
        {metadata_read_at !== null && stored !== '' && (
          <p className={styles.muted}>
            <Trans>Last read</Trans> <Time at={metadata_read_at} ago />
          </p>
        )}
        <Notice tone="bad">
          {tooLarge ? t`The file is larger than 88 KB. Enter the address of the metadata instead.` : (fields.metadata_url ?? rest)}
        </Notice>
      </form>
    </Section>
  )
}
