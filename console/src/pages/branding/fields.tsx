/** The fields of the brand, in groups. */
import { useLingui } from '@lingui/react/macro'
import { Checkbox, Stack, TextInput } from '@mantine/core'
import { isColour } from '../../../../src/lib/colours.ts'
import styles from './branding.module.css'
import { type Draft, plain } from './draft.ts'

interface Props {
  draft: Draft
  /** Messages by field. */
  errors: Record<string, string>
  onChange(changes: Partial<Draft>): void
}
type TextName = { [K in keyof Draft]: Draft[K] extends string ? K : never }[keyof Draft]

const textField = ({ draft, errors, onChange }: Props, name: TextName) => ({
  value: draft[name],
  error: errors[name],
  onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) => onChange({ [name]: currentTarget.value }),
})

export function BrandFields(props: Props) {
  const { t } = useLingui()
  return (
    <Stack>
      <TextInput label={t`Name of the brand`} autoComplete="off" {...textField(props, 'brandName')} />
      <TextInput
        label={t`Domain`}
        description={t`Where your customers sign in, such as auth.mycompany.com. Point it to this server.`}
        autoComplete="off"
        required
        {...textField(props, 'domain')}
      />
    </Stack>
  )
}

export function ColourFields(props: Props) {
  const { t } = useLingui()
  return (
    <Stack>
      <Colour {...props} name="header" label={t`Header`} />
      <Colour {...props} name="primary" label={t`Buttons`} />
    </Stack>
  )
}

function Colour({ name, label, ...props }: Props & { name: 'header' | 'primary'; label: string }) {
  const { t } = useLingui()
  const { draft, onChange } = props
  const value = draft[name]
  const full = isColour(value) ? (value.length === 4 ? value.replace(/[\da-f]/gi, '$&$&') : value) : plain[name]
  return (
    <div className={styles.colour}>
      <input
        type="color"
        className={styles.swatch}
        aria-label={t`Choose the colour: ${label}`}
        value={full.toLowerCase()}
        onChange={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
      />
      <TextInput label={label} placeholder={plain[name]} autoComplete="off" spellCheck={false} {...textField(props, name)} />
    </div>
  )
}

export function SupportFields(props: Props) {
  const { t } = useLingui()
  const { draft, onChange } = props
  const address = { type: 'url', placeholder: 'https://', autoComplete: 'off' } as const
  const tick = (name: 'showApiDoc' | 'showKnowledgeBase' | 'showTickets', label: string) => (
    <Checkbox label={label} checked={draft[name]} onChange={({ currentTarget }) => onChange({ [name]: currentTarget.checked })} />
  )
  return (
    <Stack>
      <TextInput label={t`Website`} {...address} {...textField(props, 'websiteLink')} />
      <TextInput label={t`Support email`} type="email" autoComplete="off" {...textField(props, 'supportEmail')} />
      <TextInput label={t`Support phone`} type="tel" autoComplete="off" {...textField(props, 'supportPhone')} />
      <TextInput label={t`User agreement`} {...address} {...textField(props, 'agreementLink')} />
      <TextInput label={t`Status page`} {...address} {...textField(props, 'showStatusPage')} />
      {tick('showApiDoc', t`The help links to the API documentation`)}
      {tick('showKnowledgeBase', t`The help links to the knowledge base`)}
      {tick('showTickets', t`The help links to the ticket system`)}
    </Stack>
  )
}
