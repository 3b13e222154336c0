/** JSON schemas of preferences. */
import { type Static, Type } from 'typebox'
import { enumeration, nullable } from '../../http/schema.ts'
import { columnName, consoleLists, MOST_COLUMNS } from '../presets/presets.schema.ts'

const density = enumeration(['compact', 'standard', 'comfortable'], { description: 'Height of the rows of lists.' })

const fields = {
  columns: Type.Optional(
    Type.Array(
      Type.Object({
        name: columnName,
        width: Type.Optional(Type.Integer({ minimum: 20, maximum: 2000, description: 'Width in pixels.' })),
      }),
      { maxItems: MOST_COLUMNS, description: 'Columns shown, in this order.' },
    ),
  ),
  density: Type.Optional(density),
  preset: Type.Optional(
    nullable(
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'The preset that the list opens with, null for none.' }),
    ),
  ),
}
const ListPreferences = Type.Object(fields, { title: 'ListPreferences' })
export type ListSettings = Static<typeof ListPreferences>

const theme = enumeration(['system', 'light', 'dark'], { description: 'Colours; `system` follows the browser.' })

const byList = <T>(make: () => T) => Object.fromEntries(consoleLists.map((list) => [list, make()]))

export const Preferences = Type.Object(
  {
    theme,
    density,
    lists: Type.Object(
      byList(() => Type.Optional(ListPreferences)),
      { description: 'Lists that differ from the default.' },
    ),
  },
  { title: 'Preferences' },
)

export const PreferenceChanges = Type.Object(
  {
    theme: Type.Optional(theme),
    density: Type.Optional(density),
    lists: Type.Optional(
      Type.Object(
        byList(() => Type.Optional(nullable(Type.Object(fields, { title: 'ListPreferenceChanges' })))),
        { description: 'Replaces the preferences of each list that is named; null removes them.' },
      ),
    ),
  },
  {
    title: 'PreferenceChanges',
    examples: [
      { theme: 'dark', lists: { clients: { columns: [{ name: 'companyName', width: 240 }, { name: 'status' }], density: 'compact' } } },
    ],
    description: 'Fields that are left out keep their values.',
  },
)

export interface Changes {
  theme?: Static<typeof theme>
  density?: Static<typeof density>
  lists?: { [list: string]: ListSettings | null }
}
