import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import type { Tx } from '#lib/platform/db/client.ts'

export type AuditEntry = {
  /** Application slug, or '-' for what belongs to none. */
  chain: string
  actor: Actor
  verb: string
  subject: { kind: 'rollout' | 'promotion' | 'target' | 'release' | 'application' | 'person' | 'token' | 'worker'; id: string }
  /** Other objects whose timeline shows this: "target:<id>" … */
  also?: readonly string[]
  reason?: string | null
  /** One plain sentence for timelines. */
  message: string
  before?: unknown
  after?: unknown
  /** Product time. */
  atMs: number
}

/**
 * Appends one row to the application's hash chain in the caller's transaction. Call it last in the transaction:
 * it locks the chain's head until commit.
 */
export async function record(_tx: Tx, _entry: AuditEntry): Promise<void> {
  throw new Error('written by the access part')
}
