import { test as base } from '@playwright/test'

export { errors, expect, type Locator, type Page, type Request } from '@playwright/test'

/**
 * Every journey closes the windows it opened. Left open they go on polling and drawing their clocks, and after forty
 * journeys the machine has nothing left for the next.
 */
export const test = base.extend<{ closesWindows: undefined }>({
  closesWindows: [
    async ({ browser }, use) => {
      await use(undefined)
      await Promise.all(browser.contexts().map((c) => c.close()))
    },
    { auto: true },
  ],
})
