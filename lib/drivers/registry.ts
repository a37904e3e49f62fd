import 'server-only'
import { batched } from '#lib/drivers/batched.ts'
import { cloudMonitoring } from '#lib/drivers/cloud-monitoring/driver.ts'
import type { CloudEndpoint } from '#lib/drivers/cloud-run/client.ts'
import { cloudRun } from '#lib/drivers/cloud-run/driver.ts'
import type { Metrics } from '#lib/drivers/metrics.ts'
import { emulatedRegistry, googleRegistry } from '#lib/drivers/oci-registry/google.ts'
import { prometheus } from '#lib/drivers/prometheus/driver.ts'
import type { ImageRegistry } from '#lib/drivers/registry-images.ts'
import type { Runtime } from '#lib/drivers/runtime.ts'
import { env } from '#lib/platform/env.ts'
import { MetricsSource } from '#lib/rollouts/schema.ts'

export type ProviderName = 'cloud-run'

const endpoint = (): CloudEndpoint => (env().SLUICE_CLOUD === 'google' ? { kind: 'google' } : { kind: 'emulator', host: '127.0.0.1', port: env().EMULATOR_PORT })

type Drivers = { runtimes: { [K in ProviderName]: Runtime }; metrics: Map<string, Metrics>; images: ImageRegistry }

// Clients hold connections: one set per process, whatever the number of bundles Next makes of this module.
const shared = globalThis as typeof globalThis & { sluiceDrivers?: Drivers }
const drivers = (): Drivers =>
  (shared.sluiceDrivers ??= {
    runtimes: { 'cloud-run': cloudRun(endpoint(), { writesPerMinute: env().SLUICE_WRITES_PER_MINUTE }) },
    metrics: new Map(),
    images: env().SLUICE_CLOUD === 'google' ? googleRegistry(env().SLUICE_ALLOWED_HOSTS) : emulatedRegistry(env().EMULATOR_PORT),
  })

export const runtimeFor = (provider: ProviderName): Runtime => drivers().runtimes[provider]

/** One driver per distinct settings: what is asked of one source at about the same time is asked together. */
export function metricsFor(given: MetricsSource): Metrics {
  // Parsed, so that the order of keys is the schema's, whatever the database made of it.
  const source = MetricsSource.parse(given)
  const key = JSON.stringify(source)
  const known = drivers().metrics.get(key) ?? batched(makeMetrics(source))
  drivers().metrics.set(key, known)
  return known
}

function makeMetrics(source: MetricsSource): Metrics {
  switch (source.source) {
    case 'cloud-monitoring':
      return cloudMonitoring(endpoint())
    case 'prometheus':
      return prometheus(source, { allowedHosts: env().SLUICE_ALLOWED_HOSTS, authorizations: env().SLUICE_PROMETHEUS_AUTH })
  }
}

export const imageRegistry = (): ImageRegistry => drivers().images
/** For tests that point one process at several clouds. */
export const forgetDrivers = (): void => {
  delete shared.sluiceDrivers
}
