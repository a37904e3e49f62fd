/** @type {import('next').NextConfig} */
export default {
  typedRoutes: true,
  output: 'standalone',
  // Else a lock file in a folder above makes Next take that folder for the project's.
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  // Types are checked by `npm run types`; checking them again would double the time of a first start.
  typescript: { ignoreBuildErrors: true },
}
