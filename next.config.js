/** @type {import('next').NextConfig} */
export default {
  typedRoutes: true,
  output: 'standalone',
  // Else a lock file in a folder above makes Next take that folder for the project's.
  outputFileTracingRoot: import.meta.dirname,
  // What is read from the data folder at run time must not drag sources or data into the image.
  outputFileTracingExcludes: { '/*': ['./.data/**', './lib/**', './scripts/**', './prisma/**', './blueprints/**', './e2e/**'] },
  poweredByHeader: false,
  // Types are checked by `npm run types`; checking them again would double the time of a first start.
  typescript: { ignoreBuildErrors: true },
}
