import { can, type Actor } from '#lib/access/actor.ts'

/** Applications whose releases and promotions this actor may list: all, or by id. An environment's role shows its application. */
export function visibleApplications(actor: Actor): 'all' | string[] {
  if (can(actor, 'view', { applicationId: null })) return 'all'
  const bound = actor.grants.filter((g) => g.applicationId !== null && can(actor, 'view', g)).map((g) => g.applicationId ?? '')
  return [...new Set(bound)]
}

/** May this actor see this application at all? */
export function maySee(actor: Actor, applicationId: string): boolean {
  const visible = visibleApplications(actor)
  return visible === 'all' || visible.includes(applicationId)
}
