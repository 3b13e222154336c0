/** Look and behaviour of the page at /docs: Swagger UI under our name, in light and dark. */
import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui'

export const ui = {
  layout: 'BaseLayout', // the standalone layout has a bar with the name of Swagger UI
  persistAuthorization: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  syntaxHighlight: { theme: 'nord' },
  // Sent to the browser as text, so it cannot use anything else in this file.
  requestInterceptor: (request) => {
    const token = request.headers?.Authorization
    if (token && /^\d+[_$]\S+$/.test(token)) request.headers.Authorization = `APIKey ${token}`
    return request
  },
} satisfies FastifySwaggerUiOptions['uiConfig']

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f2a44"/>
<path d="M10 24V8h7.5a5 5 0 0 1 1.2 9.85L23 24M10 18h8" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>`

/** The page follows the colour scheme of the system. */
const followSystem = `const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
`

const css = `body { background: #fff }
html.dark-mode body { background: #1c2022 }
.swagger-ui .wrapper { max-width: 72rem }
.swagger-ui .info { margin: 2rem 0 }
.swagger-ui .response-col_links { display: none }
`

export const theme = {
  title: 'Reeve API',
  favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: icon }],
  css: [{ filename: 'reeve.css', content: css }],
  js: [{ filename: 'reeve.js', content: followSystem }],
} satisfies FastifySwaggerUiOptions['theme']
