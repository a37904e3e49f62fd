'use client'
import { type Place, rolesOpen } from '#components/access/may.ts'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import type { Why } from '#components/ui/reasons.tsx'
import { rolesWith } from '#lib/access/actor.ts'
import { viewMe } from '#lib/access/contract.ts'
import { needsText, rolesText } from '#lib/access/words.ts'
import type { Verb } from '#lib/platform/endpoint.ts'

/** Why the person at this screen may not do something, from the roles the server gave them; empty when they may. */
export function useMay(anyOf: readonly Verb[], place: Place): Why[] {
  const me = useLiveQuery(viewMe, {}).data
  if (!me || rolesOpen(me.roles, anyOf, place)) return []
  return [{ message: needsText(anyOf, typeof place === 'string' ? place : 'here'), who: rolesText(anyOf.flatMap(rolesWith)) }]
}
