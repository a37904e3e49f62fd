/** What a role opens (DESIGN section 7). Apart from the endpoints, because screens name verbs too and need no schema for it. */
export const verbs = ['view', 'propose', 'approve', 'operate', 'roll_back', 'override', 'administer'] as const
export type Verb = (typeof verbs)[number]
