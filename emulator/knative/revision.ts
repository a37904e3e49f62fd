import { templateToV1 } from '#emulator/knative/template.ts'
import { conditionToV1 } from '#emulator/knative/service.ts'
import { objectAt } from '#emulator/knative/annotations.ts'
import type { Cloud } from '#emulator/cloud.ts'
import { parseImage } from '#emulator/run/images.ts'
import { resourceVersionOf } from '#emulator/run/etag.ts'
import { digestOf } from '#emulator/run/images.ts'
import { parseServiceName, projectNumber, shortName } from '#emulator/run/names.ts'
import { showRevision } from '#emulator/run/revisions.ts'
import type { JsonObject } from '#emulator/state/json.ts'
import type { RevisionRecord } from '#emulator/state/types.ts'

/** A revision as the v1 object that `gcloud run revisions list` reads; v1 also says the image's digest. */
export function revisionToV1(cloud: Cloud, record: RevisionRecord): JsonObject {
  const revision = showRevision(cloud, record)
  const at = parseServiceName(revision.name)
  const namespace = projectNumber(at.project)
  const template = templateToV1(record.template)
  const { repository, tag, digest } = parseImage(record.image)
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata: {
      name: shortName(revision.name),
      namespace,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${namespace}/revisions/${shortName(revision.name)}`,
      uid: revision['uid'],
      resourceVersion: resourceVersionOf(revision.createTime),
      generation: 1,
      creationTimestamp: revision.createTime,
      labels: {
        ...revision.labels,
        'cloud.googleapis.com/location': at.region,
        'serving.knative.dev/configuration': at.service,
        'serving.knative.dev/configurationGeneration': String(record.number),
        'serving.knative.dev/route': at.service,
        'serving.knative.dev/service': at.service,
      },
      annotations: { ...objectAt(objectAt(template, 'metadata'), 'annotations'), 'serving.knative.dev/creator': revision['creator'] },
    },
    spec: objectAt(template, 'spec'),
    status: {
      observedGeneration: 1,
      conditions: revision.conditions.map(conditionToV1),
      logUrl: revision['logUri'],
      imageDigest: `${repository}@${digest ?? digestOf(repository, tag ?? 'latest')}`,
    },
  }
}
