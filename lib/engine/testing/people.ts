import { type Actor, type RoleName, systemActor } from '#lib/access/actor.ts'

/** A person with one role everywhere, without a row: services decide by the actor they are given. */
export const person = (role: RoleName, name = `${role}@example.test`): Actor => ({ ...systemActor(name), kind: 'person', email: name, grants: [{ role, applicationId: null, environmentId: null }] })
