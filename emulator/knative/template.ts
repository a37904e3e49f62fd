import { compact, listAt, objectAt, orNone, templateAnnotations } from '#emulator/knative/annotations.ts'
import { getAtPath, setAtPath, type JsonObject } from '#emulator/state/json.ts'
import type { Container, Template } from '#emulator/state/types.ts'

const throttling = 'run.googleapis.com/cpu-throttling'
const boost = 'run.googleapis.com/startup-cpu-boost'
/** gcloud writes some booleans as Python does: True. */
const isWord = (value: unknown, word: string) => typeof value === 'string' && value.toLowerCase() === word
const seconds = (timeout: unknown) => (typeof timeout === 'string' ? Number.parseFloat(timeout) : undefined)

/** A v2 template as the `spec.template` of v1. */
export function templateToV1(template: Template): JsonObject {
  const mapped = Object.fromEntries(templateAnnotations.flatMap(one => {
    const value = one.write(getAtPath(template, one.path))
    return value === undefined ? [] : [[one.annotation, value]]
  }))
  const resources = objectAt(template.containers?.[0], 'resources')
  if (resources['cpuIdle'] !== true && template.containers?.[0] !== undefined) mapped[throttling] = 'false'
  if (resources['startupCpuBoost'] === true) mapped[boost] = 'true'
  return {
    metadata: compact({ name: template.revision, labels: template.labels, annotations: orNone({ ...template.annotations, ...mapped }) }),
    spec: compact({
      containerConcurrency: template['maxInstanceRequestConcurrency'],
      timeoutSeconds: seconds(template['timeout']),
      serviceAccountName: template['serviceAccount'],
      containers: (template.containers ?? []).map(containerToV1),
      volumes: template['volumes'] === undefined ? undefined : listAt(template, 'volumes').map(volumeToV1),
    }),
  }
}

/**
 * A v1 `spec.template` as a v2 template. What v1 cannot say stays as in `current`; an annotation that went away clears
 * its field, since a v1 write replaces.
 */
export function templateFromV1(v1: JsonObject, current: Template | null): Template {
  const metadata = objectAt(v1, 'metadata')
  const spec = objectAt(v1, 'spec')
  const annotations: JsonObject = { ...objectAt(metadata, 'annotations') }
  const next: JsonObject = structuredClone(current ?? {})
  for (const { annotation, path, read } of templateAnnotations) {
    const value = annotations[annotation]
    setAtPath(next, path, typeof value === 'string' ? read(value) : undefined)
    delete annotations[annotation]
  }
  const cpu = { cpuIdle: isWord(annotations[throttling], 'false') ? undefined : true, startupCpuBoost: isWord(annotations[boost], 'true') ? true : undefined }
  delete annotations[throttling]
  delete annotations[boost]
  for (const empty of ['scaling', 'vpcAccess']) if (orNone(objectAt(next, empty)) === undefined) delete next[empty]
  const concurrency = spec['containerConcurrency']
  const timeout = spec['timeoutSeconds']
  return compact({
    ...next,
    revision: metadata['name'],
    labels: orNone(objectAt(metadata, 'labels')),
    annotations: orNone(annotations),
    maxInstanceRequestConcurrency: typeof concurrency === 'number' ? concurrency : undefined,
    timeout: typeof timeout === 'number' ? `${timeout}s` : undefined,
    serviceAccount: spec['serviceAccountName'],
    containers: listAt(spec, 'containers').map((container, i) => containerFromV1(container, cpu, i === 0)),
    volumes: spec['volumes'] === undefined ? undefined : listAt(spec, 'volumes').map(volumeFromV1),
  })
}

function containerToV1(container: Container): JsonObject {
  const { resources: _, env: __, ...same } = container
  return compact({
    ...same,
    env: container['env'] === undefined ? undefined : listAt(container, 'env').map(envToV1),
    resources: orNone(compact({ limits: objectAt(container, 'resources')['limits'] })),
  })
}

function containerFromV1(container: JsonObject, cpu: JsonObject, first: boolean): JsonObject {
  const { resources: _, env: __, ...same } = container
  return compact({
    ...same,
    env: container['env'] === undefined ? undefined : listAt(container, 'env').map(envFromV1),
    resources: compact({ limits: objectAt(container, 'resources')['limits'], ...(first && cpu) }),
  })
}

function envToV1(env: JsonObject): JsonObject {
  const secret = objectAt(objectAt(env, 'valueSource'), 'secretKeyRef')
  if (secret['secret'] === undefined) return env
  return { name: env['name'], valueFrom: { secretKeyRef: { name: secret['secret'], key: secret['version'] ?? 'latest' } } }
}

function envFromV1(env: JsonObject): JsonObject {
  const secret = objectAt(objectAt(env, 'valueFrom'), 'secretKeyRef')
  if (secret['name'] === undefined) return env
  return { name: env['name'], valueSource: { secretKeyRef: { secret: secret['name'], version: secret['key'] } } }
}

function volumeToV1(volume: JsonObject): JsonObject {
  const secret = objectAt(volume, 'secret')
  if (secret['secret'] === undefined) return volume
  const items = listAt(secret, 'items').map(({ version, ...item }) => ({ ...item, key: version ?? 'latest' }))
  return { name: volume['name'], secret: compact({ secretName: secret['secret'], defaultMode: secret['defaultMode'], items: items.length === 0 ? undefined : items }) }
}

function volumeFromV1(volume: JsonObject): JsonObject {
  const secret = objectAt(volume, 'secret')
  if (secret['secretName'] === undefined) return volume
  const items = listAt(secret, 'items').map(({ key, ...item }) => ({ ...item, version: key }))
  return { name: volume['name'], secret: compact({ secret: secret['secretName'], defaultMode: secret['defaultMode'], items: items.length === 0 ? undefined : items }) }
}
