import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import type { Me, viewMe } from '#lib/access/contract.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'

/** The signed-in person with roles by slug; `token` is the name of the token that asked. */
export async function me(actor: Actor, _input: Parsed<typeof viewMe>): Promise<Me> {
  const person = await db.person.findUnique({ where: { id: actor.id }, include: { bindings: { include: { application: true, environment: true }, orderBy: { createdAt: 'asc' } } } })
  if (!person) throw new AppError('not_found', 'This account is gone')
  const token = actor.tokenId ? await db.apiToken.findUnique({ where: { id: actor.tokenId } }) : null
  return {
    id: person.id, email: person.email, name: person.name, token: token?.name ?? null,
    roles: person.bindings.map((b) => ({ role: b.role, application: b.application?.slug ?? null, environment: b.environment?.slug ?? null })),
  }
}
