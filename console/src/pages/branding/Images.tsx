/** Logo and favicon: each is uploaded as soon as it is chosen. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, FileButton, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { type Branding, brandingQuery } from '../../lib/branding.ts'
import { fieldErrors } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import styles from './branding.module.css'

export function Images({ stored }: { stored: Branding | null }) {
  const { t } = useLingui()
  if (!stored || stored.deleted) return <Trans>Save the brand once, then you can upload a logo and an icon.</Trans>
  const { logo, favicon } = stored.publicSettings
  return (
    <Stack>
      <Image
        kind="logo"
        label={t`Logo`}
        text={t`PNG, JPEG or SVG of less than 4 MB. It is 40 pixels high. Emails show no SVG.`}
        path={logo}
        accept="image/png,image/jpeg,image/svg+xml"
      />
      <Image
        kind="favicon"
        label={t`Icon of the browser tab`}
        text={t`ICO with an image of 16×16.`}
        path={favicon}
        accept=".ico,image/x-icon,image/vnd.microsoft.icon"
      />
    </Stack>
  )
}

interface Props {
  kind: 'logo' | 'favicon'
  label: string
  text: string
  path: string | null
  accept: string
}

function Image({ kind, label, text, path, accept }: Props) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: (file: File) => {
      const body = new FormData()
      body.append(kind, file)
      return api('POST /iam/reselling/settings/upload', { body })
    },
    onSuccess: (now) => {
      queries.setQueryData(brandingQuery.queryKey, now)
      toast(t`Saved`)
    },
  })
  const { fields, rest } = fieldErrors(error, [kind])
  const message = fields[kind] ?? rest
  return (
    <div className={styles.image}>
      <div className={styles.frame}>{path ? <img src={path} alt={label} /> : <span>{t`None`}</span>}</div>
      <div>
        <p className={styles.imageLabel}>{label}</p>
        <p className={styles.small}>{text}</p>
        <FileButton onChange={(file) => file && mutate(file)} accept={accept}>
          {(props) => (
            <Button
              {...props}
              size="compact-sm"
              variant="default"
              loading={isPending}
              aria-label={path ? t`Replace: ${label}` : t`Upload: ${label}`}
            >
              {path ? t`Replace` : t`Upload`}
            </Button>
          )}
        </FileButton>
        {message && (
          <p className={styles.error} role="alert">
            {message}
          </p>
        )}
      </div>
    </div>
  )
}
