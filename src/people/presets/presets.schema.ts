/** JSON schemas of presets. */
import { type Static, Type } from 'typebox'
import { enumeration, id, instant, nullable } from '../../http/schema.ts'

/** The lists of the console that have presets and preferences. */
export const consoleLists = ['clients', 'users', 'sellers', 'activity', 'logins', 'tokens', 'sessions', 'outbox', 'resellers'] as const
export type ConsoleList = (typeof consoleLists)[number]

export const columnName = Type.String({ pattern: '^[A-Za-z0-9_.-]+$', maxLength: 40 })
/** A list shows at most this many columns. */
export const MOST_COLUMNS = 40

const described = {
  list: enumeration(consoleLists, { description: 'The list that it is for.' }),
  name: Type.String({
    pattern: '\\S',
    maxLength: 80,
    description: 'Name, unique among your presets of the list, ignoring case.',
  }),
  query: Type.String({ maxLength: 4096, description: "The query of the page's address, without the question mark." }),
  columns: nullable(
    Type.Array(columnName, { maxItems: MOST_COLUMNS, description: 'Columns shown, in this order. Null for those of the preferences.' }),
  ),
  shared: Type.Boolean({ description: 'Whether all staff of the reseller see it.' }),
}

export const Preset = Type.Object(
  {
    id: id('Preset.'),
    ...described,
    is_default: Type.Boolean({ description: 'Whether your list opens with it, which you set in your preferences.' }),
    owner: Type.Object(
      { id: id('User.'), name: nullable(Type.String({ description: 'Name.' })) },
      { description: 'The user who created it.' },
    ),
    created_at: instant('When it was created.'),
    updated_at: instant('When it was last changed.'),
  },
  { title: 'Preset' },
)

export const NewPreset = Type.Object(
  { ...described, columns: Type.Optional(described.columns), shared: Type.Optional(described.shared) },
  { title: 'NewPreset', examples: [{ list: 'clients', name: 'Trials in Germany', query: 'status=trial&country_code=DE', shared: true }] },
)

const { list: _, ...changeable } = described
export const PresetChanges = Type.Partial(Type.Object(changeable), {
  title: 'PresetChanges',
  examples: [{ name: 'German trials', query: 'status=trial&country_code=DE' }],
  description: 'Fields that are left out keep their values.',
})

export type PresetFields = Static<typeof PresetChanges>
