import { bad, type Bad, keyed, object, optional, type Read } from '#lib/blueprints/reading/shape.ts'
import { duration, orNull, pattern, whole, written } from '#lib/blueprints/reading/scalars.ts'
import { type Cursor, problemAt } from '#lib/blueprints/reading/source.ts'
import type { DeployConfig } from '#lib/rollouts/schema.ts'

/** Cloud Run sets these itself and refuses a template that does. */
const reserved = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION']
const refuseReserved = (name: string): string | null => (reserved.includes(name) ? `${name} is set by Cloud Run itself` : null)
const variable = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/
const variables = 'names of variables: letters, digits and underscores'

const value = written('text (null removes the variable)', /^(?:\P{Cc}|[\t\n\r]){0,32768}$/u)
const reference = pattern(/^(projects\/[a-z0-9.:-]{1,63}\/secrets\/)?[A-Za-z0-9_-]{1,255}:(latest|[1-9]\d{0,9})$/, 'a secret and its version, such as admin-api-key-prod:3')

const later = {
  vpcConnector: 'the VPC connector is', vpcAccess: 'VPC access is', ingress: 'ingress is', volumes: 'volumes are', cloudSql: 'Cloud SQL connections are', probes: 'probes are',
  labels: 'labels are', annotations: 'annotations are', command: 'the command is', args: 'arguments are', gpu: 'GPUs are', executionEnvironment: 'the execution environment is',
  allowUnauthenticated: 'access to the service is', iap: 'IAP is', cpuBoost: 'start-up CPU boost is', sessionAffinity: 'session affinity is', ports: 'ports are', port: 'the port is',
}

const fields = object(
  {
    env: optional(keyed(variable, variables, orNull(value), refuseReserved), undefined),
    secrets: optional(keyed(variable, variables, orNull(reference), refuseReserved), undefined),
    resources: optional(
      object({
        cpu: optional(written("a CPU such as '2', '0.5' or 1000m", /^(\d{1,2}(\.\d{1,3})?|\d{1,5}m)$/), undefined),
        memory: optional(pattern(/^[1-9]\d{0,6}(\.\d{1,3})?(k|M|G|Ki|Mi|Gi)$/, 'a memory size such as 512Mi or 4Gi'), undefined),
      }),
      undefined,
    ),
    scaling: optional(object({ min: optional(whole(0, 10_000), undefined), max: optional(whole(1, 10_000), undefined) }), undefined),
    concurrency: optional(whole(1, 1000), undefined),
    timeout: optional(duration({ minMs: 1000, maxMs: 3_600_000 }), undefined),
    serviceAccount: optional(pattern(/^[a-z0-9.-]{1,100}@[a-z0-9.-]{1,150}$/, 'the email address of a service account'), undefined),
  },
  later,
)

function failAt(at: Cursor, below: readonly string[], message: string): Bad {
  problemAt(at.source, [...at.path, ...below], message)
  return bad
}

/** What is left out is absent, not undefined: absent means "stays as it is live". */
export const config: Read<DeployConfig> = (at) => {
  const read = fields(at)
  if (read === bad) return bad
  const { env, secrets, resources, scaling, concurrency, timeout, serviceAccount } = read
  const both = Object.keys(env ?? {}).find((name) => env?.[name] !== null && (secrets?.[name] ?? null) !== null)
  if (both !== undefined) return failAt(at, ['secrets', both], `${both} is set in env and in secrets; a variable has one source`)
  if (scaling?.min !== undefined && scaling.max !== undefined && scaling.min > scaling.max) return failAt(at, ['scaling'], `scaling.min ${scaling.min} is above scaling.max ${scaling.max}`)
  return {
    ...said('env', env),
    ...said('secrets', secrets),
    ...said('resources', resources && present(resources)),
    ...said('scaling', scaling && present(scaling)),
    ...(concurrency !== undefined && { concurrency }),
    ...(timeout !== undefined && { timeoutSeconds: timeout / 1000 }),
    ...(serviceAccount !== undefined && { serviceAccount }),
  }
}

/** An empty map says nothing: the same as leaving it out. */
const said = <K extends string, T extends object>(name: K, value: T | undefined): { [P in K]?: T } => (value && Object.keys(value).length > 0 ? { [name]: value } as { [P in K]: T } : {}) // a computed key loses its name in the type

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const present = <T extends object>(o: T): Present<T> => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as Present<T> // only undefined ones are gone
