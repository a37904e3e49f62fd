import { listText } from '#lib/platform/words.ts'

/** A role as people say it: "release manager", "on-call". Fields that carry a role as data keep its name. */
export const roleText = (role: string): string => (role === 'on_call' ? 'on-call' : role.replaceAll('_', ' '))

/** "release manager, on-call or admin". */
export const rolesText = (roles: readonly string[]): string => listText([...new Set(roles)].map(roleText), 'or')

/** "one release manager", "2 people (release manager or admin)". */
export const approversText = (count: number, roles: readonly string[]): string => (count === 1 ? `one ${rolesText(roles)}` : `${count} people (${rolesText(roles)})`)

/** "needs the right to roll back here". */
export const needsText = (verbs: readonly string[], where = 'here'): string => `needs the right to ${listText(verbs.map((v) => v.replaceAll('_', ' ')), 'or')} ${where}`.trimEnd()
