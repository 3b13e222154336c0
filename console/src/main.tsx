/** Starts the console: texts, session, then the page. Without a session the browser goes to the sign-in page. */
import { i18n } from '@lingui/core'
import { I18nProvider } from '@lingui/react'
import { createTheme, MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/errors.ts'
import { accessToken, mayBeSignedIn } from './api/session.ts'
import { startLanguage } from './lib/i18n.ts'
import './mantine.css.ts'
import './styles.css'
import { createConsoleRouter } from './router.tsx'

const theme = createTheme({ autoContrast: true })

/** Requests that the server refused for good are not sent again. */
const mayHelp = (error: unknown) => error instanceof ApiError && (error.status === 0 || error.status === 503)

const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, retry: (count, error) => count < 2 && mayHelp(error), refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
})

async function isSignedIn(): Promise<boolean> {
  if (!mayBeSignedIn()) return false
  try {
    await accessToken()
    return true
  } catch (error) {
    // Without an answer the page is shown all the same: it says what is wrong, and goes on once the server answers.
    return !(error instanceof ApiError && error.status === 401)
  }
}

async function start() {
  const texts = startLanguage()
  if (!(await isSignedIn())) {
    const { pathname, search } = location
    location.replace(pathname === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(pathname + search)}`)
    return
  }
  await texts
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no element #root.')
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
          <QueryClientProvider client={queries}>
            <RouterProvider router={createConsoleRouter(queries)} />
          </QueryClientProvider>
        </MantineProvider>
      </I18nProvider>
    </StrictMode>,
  )
}

void start()
