/** Builds the console into dist/console: hashed files, each with its .br and .gz beside it, which src/server/console.ts serves. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { lingui, linguiTransformerBabelPreset } from '@lingui/vite-plugin'
import babel from '@rolldown/plugin-babel'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const api = `http://localhost:${process.env.PORT ?? 8080}`
const outDir = join(import.meta.dirname, '../dist/console')

/** Compresses once at build time what the server would otherwise compress for each visitor. */
const compress: Plugin = {
  name: 'compress',
  apply: 'build',
  async writeBundle() {
    const files = await readdir(outDir, { recursive: true })
    await Promise.all(
      files
        .filter((file) => /\.(js|css|svg)$/.test(file))
        .map(async (file) => {
          const path = join(outDir, file)
          const content = await readFile(path)
          await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }))
          await writeFile(`${path}.br`, await promisify(brotliCompress)(content))
        }),
    )
  },
}

// The macros are transformed by Babel: Lingui's own native transform has no binary that npm installs under Node 20.
process.env.LINGUI_SUPPRESS_BABEL_WARNING = '1'

export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  logLevel: mode === 'production' ? 'warn' : 'info',
  plugins: [
    babel({ presets: [linguiTransformerBabelPreset()] }),
    react(),
    lingui({ failOnMissing: mode === 'production', cwd: import.meta.dirname }),
    compress,
  ],
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy allows no data: fonts or scripts
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000, // the size budget is held by test/console
    rolldownOptions: {
      checks: { bundlerTimings: false, pluginTimings: false },
      input: { index: join(import.meta.dirname, 'index.html'), 'sign-in': join(import.meta.dirname, 'sign-in.html') },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(['/iam', '/reeve', '/openapi.json', '/docs'].map((path) => [path, { target: api, changeOrigin: true }])),
  },
}))
