import { rolesAt, type Grant } from '#lib/access/actor.ts'
import { rolesText } from '#lib/access/words.ts'
import type { GateFacts } from '#lib/gates/gate.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

/** A person as a rule sees them: the roles of this moment, not of when they approved. */
export type Approver = { id: string; name: string; email: string; grants: readonly Grant[] }

type Facts = Pick<GateFacts, 'requestedById' | 'applicationId' | 'environmentId'> & { release: Pick<GateFacts['release'], 'author' | 'createdById'> }
export type Ineligible = { code: 'role' | 'requester' | 'author'; message: string }

/**
 * Every reason why a person does not count for a rule; empty when they do. A token counts as its person, since both
 * carry the person's id. One person may meet two rules when their roles are in both.
 */
export function ineligible(person: Approver, rule: ApprovalRule, facts: Facts): Ineligible[] {
  const roles = rolesAt({ ...noActor, grants: person.grants }, { applicationId: facts.applicationId, environmentId: facts.environmentId })
  const out: Ineligible[] = []
  if (!roles.some((role) => rule.roles.includes(role))) out.push({ code: 'role', message: `${rule.name}: needs the role ${rolesText(rule.roles)} here` })
  if (rule.exclude.includes('requester') && person.id === facts.requestedById) out.push({ code: 'requester', message: `${rule.name}: not by who asked for it` })
  if (rule.exclude.includes('author') && isAuthor(person, facts.release)) out.push({ code: 'author', message: `${rule.name}: not by the author of the release` })
  return out
}

const noActor = { kind: 'person', id: '', name: '', email: '', scopes: null, tokenId: null, requestId: null } as const

const normal = (text: string) => text.normalize('NFKC').trim().toLowerCase()

/** By an e-mail address in the author text, else by the name. A release without an author is its creator's. */
export function isAuthor(person: Pick<Approver, 'id' | 'name' | 'email'>, release: Pick<GateFacts['release'], 'author' | 'createdById'>): boolean {
  if (release.author === null) return release.createdById === person.id
  const addresses = release.author.match(/[^\s<>,;()"]+@[^\s<>,;()"]+/g) ?? []
  if (addresses.some((address) => normal(address) === normal(person.email))) return true
  const name = release.author.replaceAll(/<[^>]*>/g, '')
  return name.trim() !== '' && normal(name) === normal(person.name)
}
