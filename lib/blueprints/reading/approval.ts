import { roleNames } from '#lib/access/actor.ts'
import { list, object, optional, type Read, required } from '#lib/blueprints/reading/shape.ts'
import { duration, freeName, oneOf, whole } from '#lib/blueprints/reading/scalars.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

const fields = object(
  {
    name: required(freeName),
    count: optional(whole(1, 20), 1),
    roles: required(list(oneOf(roleNames), { min: 1, max: roleNames.length, of: 'roles' })),
    exclude: optional(list(oneOf(['requester', 'author']), { max: 2, of: 'exclusions' }), []),
    expiresAfter: optional(duration({ minMs: 1000 }), null),
  },
  { groups: 'groups of people are', users: 'named approvers are', people: 'named approvers are' },
)

/** Same sets in any order are the same rule: they must not void an approval. */
const ordered = <T extends string>(values: readonly T[]): T[] => [...new Set(values)].toSorted()

export const approvalRule: Read<ApprovalRule> = (at) => {
  const rule = fields(at)
  if (typeof rule === 'symbol') return rule
  return { name: rule.name, count: rule.count, roles: ordered(rule.roles), exclude: ordered(rule.exclude), expiresAfterMs: rule.expiresAfter }
}
