/** Builds the OpenAPI document without a database: the routes are declared, never called. */
import { pino } from 'pino'
import manifest from '../../package.json' with { type: 'json' }
import { buildApp, type Deps } from './app.ts'

export async function openapiDocument(): Promise<object> {
  const app = await buildApp({
    migrations: [],
    log: pino({ level: 'silent' }),
    trustProxy: [],
    mail: { addresses: { url: '' } },
    version: manifest.version,
  } as unknown as Deps)
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}
