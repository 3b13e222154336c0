/** A user's preferences for the console, under /reeve/users/me/preferences. */
import { access } from '../../http/access.ts'
import type { Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { changePreferences, readPreferences } from './preferences.rules.ts'
import { type Changes, PreferenceChanges, Preferences } from './preferences.schema.ts'

const tags = ['Console']
const path = '/reeve/users/me/preferences'

export const preferences: Resource = (app, { scope }) => {
  app.get(
    path,
    {
      // The page that sets up two-step verification has a theme as well.
      config: { access: access.everyone, whileEnrolling: true },
      schema: {
        tags,
        operationId: 'getPreferences',
        summary: 'Your preferences for the console',
        response: { 200: json(Preferences, 'The preferences.'), ...errorResponses(401) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => readPreferences(db, caller)),
  )

  app.patch(
    path,
    {
      config: { access: access.everyone, leavesCallers: true },
      schema: {
        tags,
        operationId: 'updatePreferences',
        summary: 'Change your preferences for the console',
        description: 'They take at most 16 KiB. Changes are not in the activity log, and not possible while acting as somebody else.',
        body: PreferenceChanges,
        response: { 200: json(Preferences, 'The preferences as they are now.'), ...errorResponses(400, 401, 403) },
      },
    },
    // Not recorded: each column that somebody widens would be an entry.
    ({ caller, body }) => scope.write(caller, (db) => changePreferences(db, caller, body as Changes)),
  )
}
