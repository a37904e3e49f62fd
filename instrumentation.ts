/** Next calls this once per server process, before the first request. */
export async function register(): Promise<void> {
  if (process.env['NEXT_RUNTIME'] !== 'nodejs') return
  const { startWeb } = await import('#lib/platform/web-process.ts')
  startWeb()
  const { mendPaths } = await import('#lib/http/malformed-path.ts')
  mendPaths()
}
