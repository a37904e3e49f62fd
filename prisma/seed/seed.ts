import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'
import { ensurePeople } from '#prisma/seed/people.ts'

const day = 86_400_000
export const blueprintFolder = path.resolve(import.meta.dirname, '../../blueprints')

/** Whether this data folder has an emulated cloud already. */
const hasCloud = (dataFolder: string): boolean => existsSync(path.join(dataFolder, 'emulator'))

/**
 * The demo: accounts, the shipped blueprints, 90 days of history with an emulated cloud that agrees with it, and beside
 * it what is going on: one release that the worker takes out at once, one that waits for an approval. Needs
 * SLUICE_DEMO=1, a migrated database, and the emulator's port free. What is there already is left as people made it: a
 * later call with database and cloud in place only looks.
 */
export async function seedDemo(): Promise<void> {
  if (!env().SLUICE_DEMO) return
  await ensurePeople()
  if (env().SLUICE_CLOUD !== 'emulator') return // no history of services that a real project does not have
  const texts = readdirSync(blueprintFolder).filter((f) => f.endsWith('.yaml')).toSorted()
  const known = await db.application.findFirst({ where: { slug: { in: texts.map((f) => path.basename(f, '.yaml')) } }, orderBy: { createdAt: 'asc' }, select: { createdAt: true } })
  const dataFolder = path.resolve(env().SLUICE_DATA_DIR)
  if (known && hasCloud(dataFolder)) return
  // Loaded when needed: the clients of Google take longer to load than all of a warm start's other work.
  const [{ seedCloud }, { readShipped, scenesOf, writeHistory }, { historyDays }] = await Promise.all([import('#prisma/seed/cloud.ts'), import('#prisma/seed/history.ts'), import('#prisma/seed/story.ts')])
  // History ends at the first start's UTC day, on every later start too: its begin is the applications' creation.
  const dayEndMs = known ? known.createdAt.getTime() + historyDays * day : Math.floor((await nowMs()) / day) * day
  const startMs = await nowMs()
  const stories = texts.map((f) => readShipped(readFileSync(path.join(blueprintFolder, f), 'utf8'))).map((shipped) => ({ shipped, scenes: scenesOf(shipped, dayEndMs, startMs) }))
  const names = await seedCloud(stories.map((s) => s.scenes), { port: env().EMULATOR_PORT, dataFolder })
  if (known) return
  await db.$transaction(async (tx) => {
    for (const { shipped, scenes } of stories) await writeHistory(tx, shipped, scenes, names)
  }, { timeout: 120_000, maxWait: 10_000 })
}
