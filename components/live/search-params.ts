import type { Endpoint, Input } from '#lib/platform/endpoint.ts'

export type SearchParams = Promise<Record<string, string | string[] | undefined>>

/** The named parameters of an address; repeated ones count once, by their first value. */
export async function paramsOf<K extends string>(params: SearchParams, names: readonly K[]): Promise<Partial<Record<K, string>>> {
  const given = await params
  const found: Partial<Record<K, string>> = {}
  for (const name of names) {
    const value = given[name]
    const first = Array.isArray(value) ? value[0] : value
    if (first) found[name] = first
  }
  return found
}

/** As the endpoint's input. They are what somebody typed: its schema parses them where they are used, and a wrong one is told on the screen. */
export const filtersOf = async <E extends Endpoint>(params: SearchParams, _endpoint: E, names: readonly (keyof Input<E> & string)[]): Promise<Input<E>> => (await paramsOf(params, names)) as Input<E>
