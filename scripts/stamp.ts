import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * One hash over the names and contents of files; `entries` are files or folders under `root`, missing ones count as
 * absent, and tests are left out. Contents and not times, because a fresh clone or a branch switch changes times alone.
 */
export function hashFiles(root: string, entries: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of entries.flatMap((entry) => filesUnder(path.join(root, entry))).toSorted()) {
    hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function filesUnder(entry: string): string[] {
  if (!existsSync(entry)) return []
  if (!statSync(entry).isDirectory()) return [entry]
  return readdirSync(entry, { withFileTypes: true })
    .filter(({ name }) => name !== 'generated' && name !== 'node_modules' && !/\.test\.tsx?$/.test(name))
    .flatMap((child) => filesUnder(path.join(entry, child.name)))
}
