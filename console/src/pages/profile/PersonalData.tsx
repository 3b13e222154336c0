/** Name, language and phone number of the caller. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, query } from '../../api/client.ts'
import { renewSession } from '../../api/session.ts'
import type { User } from '../../api/types.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { useActing } from '../../lib/caller.ts'
import { fieldErrors } from '../../lib/explain.ts'
import { chooseLanguage } from '../../lib/i18n.ts'
import { isLanguage, languages } from '../../lib/languages.ts'
import { toast } from '../../lib/toast.ts'
import styles from './profile.module.css'

export function PersonalData() {
  const { t } = useLingui()
  const { data: user, error, refetch } = useQuery(query('GET /iam/users/me', {}))
  return (
    <Section title={t`Personal data`} text={<Trans>The Administrators of your accounts see your name.</Trans>}>
      {user ? <PersonalForm user={user} /> : error ? <ErrorState error={error} retry={refetch} /> : <RowsSkeleton rows={3} />}
    </Section>
  )
}

function PersonalForm({ user }: { user: User }) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const acting = useActing()
  const [name, setName] = useState(user.name ?? '')
  const [phone, setPhone] = useState(user.phone ?? '')
  const [lang, setLang] = useState(user.lang)
  const save = useMutation({
    mutationFn: () =>
      api('PATCH /iam/users/{userId}', {
        path: { userId: user.id },
        body: { name: name.trim() || null, phone: phone.trim() || null, lang },
      }),
    onSuccess: async (changed) => {
      queries.setQueryData(query('GET /iam/users/me', {}).queryKey, changed)
      if (lang !== user.lang && !acting) await chooseLanguage(lang)
      await renewSession()
      toast(t`Saved.`)
    },
  })
  const { fields, rest } = fieldErrors(save.error, ['name', 'phone', 'lang'])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput
        label={t`Name`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.name}
        autoComplete="name"
        maxLength={255}
      />
      <TextInput
        label={t`Phone`}
        type="tel"
        value={phone}
        onChange={(event) => setPhone(event.currentTarget.value)}
        error={fields.phone}
        autoComplete="tel"
        maxLength={30}
      />
      <NativeSelect
        label={t`Language`}
        description={t`Of the emails you get and of this console.`}
        value={lang}
        onChange={({ currentTarget: { value } }) => isLanguage(value) && setLang(value)}
        error={fields.lang}
        data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      />
      <Notice tone="bad">{rest}</Notice>
      <Button type="submit" loading={save.isPending}>
        <Trans>Save</Trans>
      </Button>
    </form>
  )
}
