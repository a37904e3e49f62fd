import { defineConfig } from '@playwright/test'

// scripts/e2e.ts starts the product, finds the browser and sets these.
const { SLUICE_E2E_URL, CHROMIUM_PATH } = process.env

// Without them Chromium calls home, which is slow and noisy where only this machine can be reached.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.e2e.ts',
  outputDir: 'test-results',
  // One product serves all journeys, so they run one after another, each on an application of its own.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env['CI']),
  reporter: 'list',
  use: {
    ...(SLUICE_E2E_URL !== undefined && { baseURL: SLUICE_E2E_URL }),
    launchOptions: { args: quiet, ...(CHROMIUM_PATH !== undefined && { executablePath: CHROMIUM_PATH }) },
    locale: 'en-GB',
    timezoneId: 'UTC',
    // A trace draws every step again: `--trace on` when one is needed.
    trace: 'off',
    // Marks that turn are drawn without end, which a browser without a graphics card pays for.
    contextOptions: { reducedMotion: 'reduce' },
    screenshot: 'only-on-failure',
  },
})
