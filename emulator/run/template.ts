import { invalid } from '#emulator/errors.ts'
import { projectNumber, type ServiceName } from '#emulator/run/names.ts'
import { isObject, type JsonObject } from '#emulator/state/json.ts'
import type { Container, Template } from '#emulator/state/types.ts'

/** Refusals of a template; texts assumed. */
export function checkTemplate(template: Template | undefined, at: ServiceName): asserts template is Template {
  if (!template) throw invalid('service.template', 'A service needs a template.')
  const containers = template.containers ?? []
  if (containers.length === 0) throw invalid('service.template.containers', 'A template needs at least one container.')
  containers.forEach((container, i) => {
    if (!container.image) throw invalid(`service.template.containers[${i}].image`, 'A container needs an image.')
    if (/\s/.test(container.image)) throw invalid(`service.template.containers[${i}].image`, `'${container.image}' is not an image name.`)
  })
  const { revision } = template
  if (revision !== undefined && (!revision.startsWith(`${at.service}-`) || !/^[a-z0-9-]{1,63}$/.test(revision))) {
    throw invalid('service.template.revision', `Revision name '${revision}' must start with '${at.service}-' and be lower-case letters, digits and dashes.`)
  }
}

/** What the real API fills in for what was left out (read in real GET answers; values of a plain first deploy). */
export function withDefaults(template: Template, at: ServiceName): Template {
  const containers = template.containers ?? []
  // With sidecars the one that has ports takes the requests; alone it need not say so.
  const ingress = Math.max(0, containers.findIndex(one => Array.isArray(one['ports'])))
  return {
    ...template,
    scaling: { maxInstanceCount: 100, ...(isObject(template['scaling']) && template['scaling']) },
    timeout: template['timeout'] ?? '300s',
    serviceAccount: template['serviceAccount'] ?? `${projectNumber(at.project)}-compute@developer.gserviceaccount.com`,
    maxInstanceRequestConcurrency: template['maxInstanceRequestConcurrency'] ?? 80,
    containers: containers.map((container, i) => withContainerDefaults(container, i === ingress)),
  }
}

function withContainerDefaults(container: Container, ingress: boolean): Container {
  const resources: JsonObject = isObject(container['resources']) ? container['resources'] : {}
  const limits: JsonObject = isObject(resources['limits']) ? resources['limits'] : {}
  return {
    ...container,
    ...(ingress && { ports: container['ports'] ?? [{ name: 'http1', containerPort: 8080 }] }),
    resources: { ...(resources['limits'] === undefined && { cpuIdle: true }), ...resources, limits: { cpu: '1000m', memory: '512Mi', ...limits } },
  }
}

/** The image whose tag decides how the revision behaves: that of the container that takes requests. */
export function ingressImage(template: Template): string {
  const containers = template.containers ?? []
  const container = containers.find(one => Array.isArray(one['ports'])) ?? containers[0]
  return container?.image ?? ''
}
