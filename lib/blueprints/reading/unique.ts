/** The first name that stands twice, or null. */
export function uniqueNames(items: readonly { name: string }[]): string | null {
  const seen = new Set<string>()
  for (const { name } of items) {
    if (seen.has(name)) return name
    seen.add(name)
  }
  return null
}
