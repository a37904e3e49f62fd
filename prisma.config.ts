import { defineConfig } from 'prisma/config'

// Generating the client needs no database, so a missing address is not an error here; a command that connects says so itself.
export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
})
