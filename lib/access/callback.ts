/**
 * Where to go after signing in: a path of this site, else the start. Browsers read `//host`, a backslash and control
 * characters as ways to another site, so only what the address parser leaves at home is used.
 */
export function safeCallback(given: string | null | undefined, baseUrl = 'http://sluice.invalid'): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what has to be refused
  if (!given || /[\u0000-\u001f\\]/.test(given) || given.startsWith('//')) return '/'
  if (!URL.canParse(given, baseUrl)) return '/'
  const url = new URL(given, baseUrl)
  if (url.origin !== new URL(baseUrl).origin || url.username || url.pathname.startsWith('//')) return '/'
  return url.pathname + url.search + url.hash
}
