import { needsText, rolesText } from '#lib/access/words.ts'
import { AppError, unmet } from '#lib/platform/errors.ts'
import type { Verb } from '#lib/platform/endpoint.ts'

export const roleNames = ['viewer', 'developer', 'release_manager', 'on_call', 'admin'] as const
export type RoleName = (typeof roleNames)[number]

/** What each role opens (DESIGN 7). on_call's `operate` is only what moves toward stable: see mayOperate. */
export const roleVerbs = {
  viewer: ['view'],
  developer: ['view', 'propose'],
  release_manager: ['view', 'propose', 'approve', 'operate', 'roll_back'],
  on_call: ['view', 'roll_back', 'override'],
  admin: ['view', 'propose', 'approve', 'operate', 'roll_back', 'override', 'administer'],
} as const satisfies Record<RoleName, readonly Verb[]>

/** A role and where it holds; null means everywhere. */
export type Grant = { role: RoleName; applicationId: string | null; environmentId: string | null }

/** Who is asking. Services take an Actor; they never read a cookie or a header. */
export type Actor = {
  kind: 'person' | 'token' | 'rule' | 'system'
  /** Person id for people and their tokens; the rule's or process's name else. Four-eyes counts people by this. */
  id: string
  name: string
  email: string
  grants: readonly Grant[]
  /** What the token may do at most; null for a session. */
  scopes: readonly Verb[] | null
  tokenId: string | null
  requestId: string | null
}

/** Where something happens. An application-wide thing has no environment. */
export type Place = { applicationId: string | null; environmentId?: string | null }

/** The worker, the engine's rules, the seed: they act by what a person decided before; every one of their writes names them. */
export const systemActor = (name: string, kind: 'rule' | 'system' = 'system'): Actor => ({ kind, id: name, name, email: '', grants: [{ role: 'admin', applicationId: null, environmentId: null }], scopes: null, tokenId: null, requestId: null })

const holds = (g: Grant, p: Place | null): boolean =>
  p === null || ((g.applicationId === null || g.applicationId === p.applicationId) && (g.environmentId === null || g.environmentId === (p.environmentId ?? null)))

/** Roles that this actor has at a place; `null` asks whether anywhere. */
export const rolesAt = (a: Actor, place: Place | null): RoleName[] => [...new Set(a.grants.filter((g) => holds(g, place)).map((g) => g.role))]

export function can(a: Actor, verb: Verb, place: Place | null): boolean {
  if (a.scopes && !a.scopes.includes(verb)) return false
  return rolesAt(a, place).some((r) => (roleVerbs[r] as readonly Verb[]).includes(verb))
}

/** May operate here: everything, or (on_call) only toward stable. */
export function mayOperate(a: Actor, place: Place | null, movesTowardStable: boolean): boolean {
  if (can(a, 'operate', place)) return true
  if (a.scopes && !a.scopes.includes('operate')) return false
  return movesTowardStable && rolesAt(a, place).includes('on_call')
}

export const rolesWith = (verb: Verb): RoleName[] => roleNames.filter((r) => (roleVerbs[r] as readonly Verb[]).includes(verb))

/** Default deny. The refusal says which roles could. */
export function authorise(a: Actor, verb: Verb, place: Place | null, what = 'do this'): void {
  if (can(a, verb, place)) return
  throw forbidden(a, verb, what)
}

export function forbidden(a: Actor, verb: Verb, what: string): AppError {
  return new AppError('forbidden', `${a.name || 'nobody'} may not ${what}: it ${needsText([verb], '')}`, { unmet: [unmet('role', needsText([verb]), rolesText(rolesWith(verb)))] })
}
