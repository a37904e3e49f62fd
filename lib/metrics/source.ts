import 'server-only'
import { db } from '#lib/platform/db/client.ts'
import { MetricsSource } from '#lib/rollouts/schema.ts'

/** Cloud Run writes its request metrics there by itself, whether or not a blueprint judges by them. */
const byDefault: MetricsSource = { source: 'cloud-monitoring' }

/** In an application's stored blueprint, the source of the service `$service` in the environment `$environment`. */
export const sourcePath = `$.environments[*] ? (@.name == $environment).targets[*] ? (@.service == $service).metrics`

/** What the blueprint measures a target by; Cloud Monitoring where it names nothing. */
export async function sourceOf(targetId: string): Promise<MetricsSource> {
  const [row] = await db.$queryRaw<{ metrics: unknown }[]>`
    select jsonb_path_query_first(a.blueprint, ${sourcePath}::jsonpath, jsonb_build_object('environment', e.slug, 'service', s.slug)) as metrics
    from target t join environment e on e.id = t.environment_id join application a on a.id = e.application_id join service s on s.id = t.service_id
    where t.id = ${targetId}::uuid`
  return row?.metrics ? MetricsSource.parse(row.metrics) : byDefault
}

export const sourceOrDefault = (source: MetricsSource | null): MetricsSource => source ?? byDefault
