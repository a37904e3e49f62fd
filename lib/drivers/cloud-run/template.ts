import type { protos } from '@google-cloud/run'
import { ownIndex } from '#lib/drivers/cloud-run/container.ts'
import type { DeployConfig } from '#lib/rollouts/schema.ts'

type Template = protos.google.cloud.run.v2.IRevisionTemplate
type EnvVar = protos.google.cloud.run.v2.IEnvVar

function envVar(name: string, value: string): EnvVar {
  return { name, value }
}

/** `name:version`, or a full resource name with a version; without a version the newest is read at instance start. */
function secretVar(name: string, reference: string): EnvVar {
  const at = reference.lastIndexOf(':')
  const [secret, version] = at > 0 ? [reference.slice(0, at), reference.slice(at + 1)] : [reference, 'latest']
  return { name, valueSource: { secretKeyRef: { secret, version } } }
}

/** env and secrets merge by key in the live order; null removes a key. */
function mergeEnv(live: readonly EnvVar[], config: DeployConfig): EnvVar[] {
  const wanted = new Map<string, EnvVar | null>()
  for (const [k, v] of Object.entries(config.env ?? {})) wanted.set(k, v === null ? null : envVar(k, v))
  for (const [k, v] of Object.entries(config.secrets ?? {})) wanted.set(k, v === null ? null : secretVar(k, v))
  const kept = live.flatMap((e) => {
    const w = wanted.get(e.name ?? '')
    wanted.delete(e.name ?? '')
    if (w === undefined) return [e]
    return w === null ? [] : [w]
  })
  return [...kept, ...[...wanted.values()].filter((w) => w !== null)]
}

/**
 * The next revision's template: the live one with the image, the config and our label changed, everything else as it
 * is. `revision` is cleared: a name echoed back is refused by the API as an existing revision with other content.
 */
export function nextTemplate(live: Template, image: string, config: DeployConfig, labels: Record<string, string>): Template {
  const containers = live.containers?.length ? live.containers : [{}]
  const own = ownIndex(containers)
  const before = containers[own]
  const limits = { ...before?.resources?.limits, ...(config.resources?.cpu && { cpu: config.resources.cpu }), ...(config.resources?.memory && { memory: config.resources.memory }) }
  return {
    ...live,
    revision: '',
    labels: { ...live.labels, ...labels },
    containers: containers.with(own, { ...before, image, env: mergeEnv(before?.env ?? [], config), ...(Object.keys(limits).length > 0 && { resources: { ...before?.resources, limits } }) }),
    ...(config.scaling && { scaling: { ...live.scaling, ...(config.scaling.min !== undefined && { minInstanceCount: config.scaling.min }), ...(config.scaling.max !== undefined && { maxInstanceCount: config.scaling.max }) } }),
    ...(config.concurrency !== undefined && { maxInstanceRequestConcurrency: config.concurrency }),
    ...(config.timeoutSeconds !== undefined && { timeout: { seconds: config.timeoutSeconds } }),
    ...(config.serviceAccount !== undefined && { serviceAccount: config.serviceAccount }),
  }
}
