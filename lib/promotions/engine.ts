import 'server-only'
import type { Tx } from '#lib/platform/db/client.ts'

/** Holds the open rollouts of a release with the code `vetoed`. */
export async function holdForVeto(_tx: Tx, _releaseId: string, _reason: string): Promise<void> {
  throw new Error('written by the engine part')
}
