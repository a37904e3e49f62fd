import { defineConfig } from 'vitest/config'

const conditions = ['react-server', 'node']

export default defineConfig({
  // `server-only` is empty under this condition and throws without it.
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['{lib,emulator,worker,scripts,prisma,blueprints,components,app,bench}/**/*.test.{ts,tsx}'],
    globalSetup: ['scripts/test-cluster.ts'],
    // A process per file: tests set variables and keep connections on globalThis.
    pool: 'forks',
    isolate: true,
    execArgv: ['--conditions=react-server'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
  },
})
