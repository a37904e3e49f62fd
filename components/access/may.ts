import { roleVerbs } from '#lib/access/actor.ts'
import type { Me } from '#lib/access/contract.ts'
import type { Verb } from '#lib/platform/endpoint.ts'

/** `everywhere` asks for a role that holds for all there is, `somewhere` for one at all. */
export type Place = { application: string; environment?: string } | 'everywhere' | 'somewhere'

function holdsAt(r: Me['roles'][number], place: Place): boolean {
  if (place === 'somewhere') return true
  const [application, environment] = place === 'everywhere' ? [null, null] : [place.application, place.environment]
  return (r.application === null || r.application === application) && (r.environment === null || r.environment === environment)
}

/** Do these roles open one of the verbs at a place? Only to say so before a press: the server decides again by itself. */
export function rolesOpen(roles: Me['roles'], anyOf: readonly Verb[], place: Place): boolean {
  const verbs: readonly Verb[] = roles.filter((r) => holdsAt(r, place)).flatMap((r) => roleVerbs[r.role])
  return anyOf.some((v) => verbs.includes(v))
}
