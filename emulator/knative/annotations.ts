import { isObject, type JsonObject } from '#emulator/state/json.ts'

export const objectAt = (holder: unknown, key: string): JsonObject => {
  const value = isObject(holder) ? holder[key] : undefined
  return isObject(value) ? value : {}
}
export const listAt = (holder: unknown, key: string): JsonObject[] => {
  const value = isObject(holder) ? holder[key] : undefined
  return Array.isArray(value) ? value.filter(isObject) : []
}
/** The object without the fields that are undefined: absent, as JSON means it. */
export const compact = (fields: JsonObject): JsonObject => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
export const orNone = (fields: JsonObject): JsonObject | undefined => (Object.keys(fields).length === 0 ? undefined : fields)

/** What v1 says in an annotation and v2 in a field of its own (knative annotations of Cloud Run, run docs). */
export interface Mapped {
  readonly annotation: string
  read(value: string): unknown
  write(value: unknown): string | undefined
  readonly path: readonly string[]
}

const int = (annotation: string, ...path: string[]): Mapped => ({ annotation, path, read: Number, write: value => (typeof value === 'number' ? String(value) : undefined) })
const text = (annotation: string, ...path: string[]): Mapped => ({ annotation, path, read: value => value, write: value => (typeof value === 'string' ? value : undefined) })
const word = (annotation: string, words: Readonly<Record<string, string>>, ...path: string[]): Mapped => ({
  annotation, path, read: value => words[value], write: value => Object.keys(words).find(key => words[key] === value),
})
const yes = (annotation: string, ...path: string[]): Mapped => ({ annotation, path, read: value => (value.toLowerCase() === 'true' ? true : undefined), write: value => (value === true ? 'true' : undefined) })

export const templateAnnotations: readonly Mapped[] = [
  int('autoscaling.knative.dev/minScale', 'scaling', 'minInstanceCount'),
  int('autoscaling.knative.dev/maxScale', 'scaling', 'maxInstanceCount'),
  text('run.googleapis.com/vpc-access-connector', 'vpcAccess', 'connector'),
  word('run.googleapis.com/vpc-access-egress', { 'all-traffic': 'ALL_TRAFFIC', all: 'ALL_TRAFFIC', 'private-ranges-only': 'PRIVATE_RANGES_ONLY' }, 'vpcAccess', 'egress'),
  word('run.googleapis.com/execution-environment', { gen1: 'EXECUTION_ENVIRONMENT_GEN1', gen2: 'EXECUTION_ENVIRONMENT_GEN2' }, 'executionEnvironment'),
  yes('run.googleapis.com/sessionAffinity', 'sessionAffinity'),
  text('run.googleapis.com/encryption-key', 'encryptionKey'),
]

export const serviceAnnotations: readonly Mapped[] = [
  word('run.googleapis.com/ingress', { all: 'INGRESS_TRAFFIC_ALL', internal: 'INGRESS_TRAFFIC_INTERNAL_ONLY', 'internal-and-cloud-load-balancing': 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER' }, 'ingress'),
  word('run.googleapis.com/launch-stage', { ALPHA: 'ALPHA', BETA: 'BETA', GA: 'GA' }, 'launchStage'),
  text('run.googleapis.com/client-name', 'client'),
  text('run.googleapis.com/client-version', 'clientVersion'),
  text('run.googleapis.com/description', 'description'),
  int('run.googleapis.com/minScale', 'scaling', 'minInstanceCount'),
  int('run.googleapis.com/maxScale', 'scaling', 'maxInstanceCount'),
  yes('run.googleapis.com/invoker-iam-disabled', 'invokerIamDisabled'),
]

/** Set by the server; what a caller echoes of them is not kept. */
export const outputAnnotations = new Set(['serving.knative.dev/creator', 'serving.knative.dev/lastModifier', 'run.googleapis.com/operation-id', 'run.googleapis.com/ingress-status', 'run.googleapis.com/urls'])
