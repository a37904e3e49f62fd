const inBrowser = (/** @type {string} */ loader) => ({ condition: 'browser', loaders: [`${import.meta.dirname}/scripts/${loader}.mjs`] })

/** @type {import('next').NextConfig} */
export default {
  typedRoutes: true,
  output: 'standalone',
  // Else a lock file in a folder above makes Next take that folder for the project's.
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  // Types are checked by `npm run types`; checking them again would double the time of a first start.
  typescript: { ignoreBuildErrors: true },
  turbopack: { rules: { '**/lib/*/contract.ts': inBrowser('browser-contract'), '**/node_modules/zod/**': inBrowser('not-for-the-browser') } },
}
