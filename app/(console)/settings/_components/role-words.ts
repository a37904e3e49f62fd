import type { BindingView } from '#lib/access/contract.ts'
import type { z } from 'zod'

export type Binding = z.infer<typeof BindingView>
export type Wanted = Pick<Binding, 'role' | 'application' | 'environment'>

export const placeText = (b: Wanted): string => (b.application === null ? 'all applications' : b.environment === null ? b.application : `${b.application} ${b.environment}`)

/** The roles of each person, people in the order of their addresses. */
export function byPerson(bindings: readonly Binding[]): { person: string; bindings: Binding[] }[] {
  const people = new Map<string, Binding[]>()
  for (const b of bindings) people.set(b.person, [...(people.get(b.person) ?? []), b])
  return [...people].map(([person, own]) => ({ person, bindings: own }))
}
