'use client'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import type { Why } from '#components/ui/reasons.tsx'
import { roleVerbs, rolesWith } from '#lib/access/actor.ts'
import { viewMe } from '#lib/access/contract.ts'
import type { Verb } from '#lib/platform/endpoint.ts'

type Place = { application: string; environment?: string }

/**
 * Why the person at this screen may not do something, from the roles the server gave them; empty when they may. Only to
 * say so before a press: the server decides again by itself.
 */
export function useMay(anyOf: readonly Verb[], place: Place): Why[] {
  const me = useLiveQuery(viewMe, {}).data
  if (!me) return []
  const here = me.roles.filter((r) => (r.application === null || r.application === place.application) && (r.environment === null || r.environment === place.environment))
  const verbs: readonly Verb[] = here.flatMap((r) => roleVerbs[r.role])
  if (anyOf.some((v) => verbs.includes(v))) return []
  return [{ message: `needs ${anyOf.join(' or ')} here`, who: [...new Set(anyOf.flatMap(rolesWith))].join(', ') }]
}
