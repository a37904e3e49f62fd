import type { AuditEvent } from '#lib/audit/contract.ts'

/** Who did it, as people say it: what moves promotions is the engine too. */
export const actorText = (e: Pick<AuditEvent, 'actor'>): string => (e.actor.name === 'promotions' ? 'engine' : e.actor.name)
