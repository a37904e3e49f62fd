/** Runs at each start of the demo, after the migrations and before the emulator. */
import { disconnect } from '#lib/platform/db/client.ts'
import { seedDemo } from '#prisma/seed/seed.ts'

await seedDemo()
await disconnect()
