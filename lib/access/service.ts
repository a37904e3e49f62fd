import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import type { Me, viewMe } from '#lib/access/contract.ts'
import { findMe } from '#lib/access/store.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'

/** The signed-in person with roles by slug; `token` is the name of the token that asked. */
export async function me(actor: Actor, _input: Parsed<typeof viewMe>): Promise<Me> {
  const person = await findMe(actor.id, actor.tokenId)
  if (!person) throw new AppError('not_found', 'This account is gone')
  return person
}
