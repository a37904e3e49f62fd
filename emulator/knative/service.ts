import { compact, listAt, objectAt, orNone, outputAnnotations, serviceAnnotations } from '#emulator/knative/annotations.ts'
import { templateFromV1, templateToV1 } from '#emulator/knative/template.ts'
import { resourceVersionOf } from '#emulator/run/etag.ts'
import { parseServiceName, projectNumber, shortName } from '#emulator/run/names.ts'
import { latest, pinned, targetOf } from '#emulator/run/traffic.ts'
import { getAtPath, sameJson, setAtPath, type JsonObject } from '#emulator/state/json.ts'
import type { Condition, Service, TrafficTarget } from '#emulator/state/types.ts'

const statusWord: Record<Condition['state'], string> = { CONDITION_SUCCEEDED: 'True', CONDITION_FAILED: 'False', CONDITION_PENDING: 'Unknown', CONDITION_RECONCILING: 'Unknown' }
/** v1 spells reasons in camel case: REVISION_FAILED → RevisionFailed. */
const camelWord = (word: string) => word.toLowerCase().replace(/(^|_)(.)/g, (_, __, letter: string) => letter.toUpperCase())

export const conditionToV1 = (condition: Condition): JsonObject => compact({
  type: condition.type,
  status: statusWord[condition.state],
  message: condition.message,
  reason: condition.reason ?? condition.revisionReason ? camelWord(condition.reason ?? condition.revisionReason ?? '') : undefined,
  lastTransitionTime: condition.lastTransitionTime,
})

/** A service of v2 as the v1 object that gcloud reads: same state, other face. */
export function serviceToV1(service: Service): JsonObject {
  const at = parseServiceName(service.name)
  const namespace = projectNumber(at.project)
  const mapped = Object.fromEntries(serviceAnnotations.flatMap(one => {
    const value = one.write(getAtPath(service, one.path))
    return value === undefined ? [] : [[one.annotation, value]]
  }))
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: at.service,
      namespace,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${namespace}/services/${at.service}`,
      uid: service.uid,
      resourceVersion: resourceVersionOf(service.updateTime),
      generation: Number(service.generation),
      creationTimestamp: service.createTime,
      labels: { ...service.labels, 'cloud.googleapis.com/location': at.region },
      annotations: {
        ...service.annotations,
        ...mapped,
        'run.googleapis.com/ingress-status': mapped['run.googleapis.com/ingress'] ?? 'all',
        'serving.knative.dev/creator': service['creator'],
        'serving.knative.dev/lastModifier': service['lastModifier'],
      },
    },
    spec: { template: templateToV1(service.template), traffic: (service.traffic ?? [{ type: latest, percent: 100 }]).map(targetToV1) },
    status: statusToV1(service),
  }
}

const targetToV1 = (target: TrafficTarget): JsonObject => compact({
  ...(target.type === latest ? { latestRevision: true } : { revisionName: target.revision }),
  percent: target.percent,
  tag: target.tag,
})

function statusToV1(service: Service): JsonObject {
  const pending = service.reconciling === true
  const waiting = (type: string): Condition => ({ type, state: 'CONDITION_RECONCILING', ...(service.terminalCondition.lastTransitionTime !== undefined && { lastTransitionTime: service.terminalCondition.lastTransitionTime }) })
  const conditions = pending ? ['Ready', 'ConfigurationsReady', 'RoutesReady'].map(waiting) : [service.terminalCondition, ...service.conditions]
  return compact({
    // v1 has seen a generation once it settled, for better or worse: that is how gcloud notices a failure.
    observedGeneration: pending ? Number(service.observedGeneration ?? 0) : Number(service.generation),
    conditions: conditions.map(conditionToV1),
    latestReadyRevisionName: service.latestReadyRevision === undefined ? undefined : shortName(service.latestReadyRevision),
    latestCreatedRevisionName: service.latestCreatedRevision === undefined ? undefined : shortName(service.latestCreatedRevision),
    traffic: (service.trafficStatuses ?? []).map(status => compact({ ...targetToV1(status), revisionName: targetOf(service, status) ?? undefined, url: status.uri })),
    url: service.uri,
    address: { url: service.uri },
  })
}

/**
 * The fields of v2 that a v1 object asks for. A template that is echoed as it was read is not a change, whatever v1
 * cannot express of it; scaling of the service follows its annotations.
 */
export function serviceFromV1(body: JsonObject, current: Service | null): JsonObject {
  const metadata = objectAt(body, 'metadata')
  const template = objectAt(objectAt(body, 'spec'), 'template')
  const annotations: JsonObject = { ...objectAt(metadata, 'annotations') }
  const next: JsonObject = structuredClone(current ?? {})
  for (const { annotation, path, read } of serviceAnnotations) {
    const value = annotations[annotation]
    setAtPath(next, path, typeof value === 'string' ? read(value) : undefined)
    delete annotations[annotation]
  }
  if (orNone(objectAt(next, 'scaling')) === undefined) delete next['scaling']
  for (const name of outputAnnotations) delete annotations[name]
  const { 'cloud.googleapis.com/location': _, ...labels } = objectAt(metadata, 'labels')
  const echoed = current !== null && sameJson(withoutEmpty(template), withoutEmpty(templateToV1(current.template)))
  return compact({
    ...next,
    labels: orNone(labels),
    annotations: orNone(annotations),
    template: echoed ? current.template : templateFromV1(template, current?.template ?? null),
    traffic: targetsFromV1(listAt(objectAt(body, 'spec'), 'traffic')),
  })
}

function targetsFromV1(traffic: readonly JsonObject[]): TrafficTarget[] | undefined {
  if (traffic.length === 0) return undefined
  return traffic.map(target => {
    const { revisionName, percent, tag, latestRevision } = target
    return {
      ...(latestRevision === true || typeof revisionName !== 'string' ? { type: latest } : { type: pinned, revision: revisionName }),
      ...(typeof percent === 'number' && percent !== 0 && { percent }),
      ...(typeof tag === 'string' && tag !== '' && { tag }),
    }
  })
}

/** Clients add empty maps and the name of nothing when they echo: those do not count as content. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).map(([key, item]) => [key, withoutEmpty(item)] as const)
  return Object.fromEntries(kept.filter(([, item]) => item !== null && item !== '' && !(typeof item === 'object' && Object.keys(item as object).length === 0)))
}
