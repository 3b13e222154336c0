/** The mail server that a reseller's mails go through, and a test of it. A part of the same resource as the brand. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox, Group, Skeleton, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Notice } from '../../components/Notice.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { SecretInput } from '../../components/SecretInput.tsx'
import { EmptyState, ErrorState } from '../../components/states.tsx'
import { useSubmit } from '../../lib/act.ts'
import { type Branding, brandingQuery, requestOf, usePutBranding } from '../../lib/branding.ts'
import { TestMail } from './TestMail.tsx'

export default function MailServerPage() {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(brandingQuery)
  return (
    <Page title={t`Mail server`} text={t`Invitations and notices to your customers go through it, from your own address.`}>
      {error && data === undefined ? (
        <ErrorState error={error} retry={refetch} />
      ) : data === undefined ? (
        <Skeleton height={320} />
      ) : data === null ? (
        <EmptyState title={t`Set up your brand first`} text={t`The mail server belongs to your domain and name.`}>
          <Link to="/branding">
            <Trans>Branding</Trans>
          </Link>
        </EmptyState>
      ) : (
        <MailServerForm stored={data} />
      )}
    </Page>
  )
}

const formOf = ({ publicSettings, privateSettings: { mailServer } }: Branding) => ({
  fromEmail: publicSettings.fromEmail ?? '',
  host: mailServer?.host ?? '',
  port: mailServer?.port ?? '',
  login: mailServer?.login ?? '',
  tls: mailServer?.tls ?? true,
  password: '',
  removePassword: false,
})

function MailServerForm({ stored }: { stored: Branding }) {
  const { t } = useLingui()
  const put = usePutBranding()
  const [form, setForm] = useState(() => formOf(stored))
  const { busy, fields, rest, submit } = useSubmit(['fromEmail', 'host', 'port', 'login', 'tls', 'password'])
  const hasPassword = stored.privateSettings.mailServer?.hasPassword ?? false
  const change = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }))
  const text = (name: 'fromEmail' | 'host' | 'port' | 'login' | 'password') => ({
    value: form[name],
    error: fields[name],
    onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) => change({ [name]: currentTarget.value }),
  })
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const { fromEmail, host, port, login, tls, password, removePassword } = form
    const server = { host: host.trim(), port: port.trim(), login: login.trim(), tls }
    // Left out, the stored password is kept; an empty one removes it.
    const secret = password !== '' ? { password } : removePassword ? { password: '' } : {}
    const mailServer = server.host === '' && server.port === '' && server.login === '' && password === '' ? {} : { ...server, ...secret }
    const done = await submit(() => put(requestOf(stored, { shown: { fromEmail: fromEmail.trim() }, mailServer })), t`Saved`)
    if (done) change({ password: '', removePassword: false })
  }
  const isChanged = JSON.stringify(form) !== JSON.stringify(formOf(stored))
  return (
    <>
      <Section title={t`SMTP`} text={t`Without a host, emails go through the server’s own mail server if it has one.`}>
        <form onSubmit={save} noValidate>
          <Stack maw={420}>
            <Notice tone="bad">{rest}</Notice>
            <TextInput
              label={t`Sender`}
              description={t`The address that emails come from.`}
              type="email"
              autoComplete="off"
              {...text('fromEmail')}
            />
            <TextInput label={t`Host`} placeholder="smtp.mycompany.com" autoComplete="off" {...text('host')} />
            <TextInput label={t`Port`} placeholder="465" inputMode="numeric" autoComplete="off" maw={140} {...text('port')} />
            <Checkbox
              label={t`TLS`}
              description={t`From the start, except on ports 25 and 587, where STARTTLS is the rule. Connections are always encrypted.`}
              checked={form.tls}
              onChange={({ currentTarget }) => change({ tls: currentTarget.checked })}
            />
            <TextInput label={t`User name`} autoComplete="off" {...text('login')} />
            <SecretInput
              label={t`Password`}
              description={hasPassword ? t`One is stored. Leave this empty to keep it for the same server.` : undefined}
              autoComplete="new-password"
              disabled={form.removePassword}
              {...text('password')}
            />
            {hasPassword && (
              <Checkbox
                label={t`Remove the stored password`}
                checked={form.removePassword}
                onChange={({ currentTarget }) => change({ removePassword: currentTarget.checked, password: '' })}
              />
            )}
            <Group>
              <Button type="submit" loading={busy}>
                <Trans>Save</Trans>
              </Button>
            </Group>
          </Stack>
        </form>
      </Section>
      <TestMail unsaved={isChanged} />
    </>
  )
}
