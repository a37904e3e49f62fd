/** Fills the `:name` segments of an endpoint's path from its input; what is left over goes into the query or the body. */
export function fillPath(template: string, input: Readonly<Record<string, unknown>>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input }
  const path = template.replace(/:(\w+)/g, (_, name: string) => {
    const value = String(rest[name])
    delete rest[name]
    return encodeURIComponent(value).replaceAll("'", '%27')
  })
  return { path, rest }
}

export function queryString(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, v]) => v !== undefined && v !== null)
  return given.length > 0 ? `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}` : ''
}

/** The read as a command to keep; the token stays in the reader's own environment. */
export function curlLine(baseUrl: string, endpoint: { path: string }, input: Readonly<Record<string, unknown>>): string {
  const { path, rest } = fillPath(endpoint.path, input)
  return `curl -H "Authorization: Bearer $SLUICE_TOKEN" '${baseUrl}${path}${queryString(rest)}'`
}
