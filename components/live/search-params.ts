export type SearchParams = Promise<Record<string, string | string[] | undefined>>

/** The named filters of an address, as an endpoint's input; repeated ones count once, by their first value. */
export async function filtersOf<K extends string>(params: SearchParams, names: readonly K[]): Promise<Partial<Record<K, string>>> {
  const given = await params
  const found: Partial<Record<K, string>> = {}
  for (const name of names) {
    const value = given[name]
    const first = Array.isArray(value) ? value[0] : value
    if (first) found[name] = first
  }
  return found
}
