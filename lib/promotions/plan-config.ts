import type { DeployConfig } from '#lib/rollouts/schema.ts'
import type { Change } from '#lib/promotions/contract.ts'

/** Paths as the runtime drivers write them into `Observation.config`: "env KEY", "secret KEY", "scaling.min". */
type Values = Readonly<Record<string, string>>

/**
 * The config that `deploy` would leave: the live one with the wanted values over it. env and secrets merge by key and
 * null removes one; a key is either an env value or a secret, so setting the one removes the other. Every other field
 * replaces itself; what is left out stays as it is live.
 */
export function mergedConfig(live: Values, wanted: DeployConfig): Values {
  const next: Record<string, string> = { ...live }
  for (const [key, value] of Object.entries(wanted.env ?? {})) setKey(next, key, value === null ? null : [`env ${key}`, value])
  for (const [key, value] of Object.entries(wanted.secrets ?? {})) setKey(next, key, value === null ? null : [`secret ${key}`, secretReference(value)])
  const plain: Record<string, string | number | undefined> = {
    'resources.cpu': wanted.resources?.cpu,
    'resources.memory': wanted.resources?.memory,
    'scaling.min': wanted.scaling?.min,
    'scaling.max': wanted.scaling?.max,
    concurrency: wanted.concurrency,
    timeout: wanted.timeoutSeconds === undefined ? undefined : `${wanted.timeoutSeconds}s`,
    serviceAccount: wanted.serviceAccount,
  }
  for (const [path, value] of Object.entries(plain)) if (value !== undefined) next[path] = String(value)
  return next
}

function setKey(values: Record<string, string>, key: string, entry: readonly [string, string] | null) {
  delete values[`env ${key}`]
  delete values[`secret ${key}`]
  if (entry) values[entry[0]] = entry[1]
}

/** `name:version`; a resource name is shortened, and without a version the provider reads the newest. */
function secretReference(reference: string): string {
  const at = reference.lastIndexOf(':')
  const [name, version] = at > 0 ? [reference.slice(0, at), reference.slice(at + 1)] : [reference, 'latest']
  return `${name.split('/').at(-1) ?? name}:${version}`
}

/** What differs, one line per value, and how many stay. Values of secrets never appear: both sides are references. */
export function configChanges(live: Values, next: Values): { changes: Change[]; unchanged: number } {
  const paths = [...new Set([...Object.keys(live), ...Object.keys(next)])].sort()
  const changes = paths.flatMap((path): Change[] => {
    const [before, after] = [live[path] ?? null, next[path] ?? null]
    if (before === after) return []
    return [{ op: before === null ? 'add' : after === null ? 'remove' : 'change', path, before, after }]
  })
  return { changes, unchanged: paths.filter((path) => live[path] === next[path]).length }
}

/** Secrets without a fixed version: what they read can change under a version that is already running, or rolled back to. */
export const floatingSecrets = (values: Values): string[] =>
  Object.entries(values).filter(([path, value]) => path.startsWith('secret ') && value.endsWith(':latest')).map(([path, value]) => `${path.slice('secret '.length)} reads ${value}: its value can change under a running version and under one that is rolled back to; name a version`)
