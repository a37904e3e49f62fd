import 'server-only'
import { cloudMonitoring } from '#lib/drivers/cloud-monitoring/driver.ts'
import type { CloudEndpoint } from '#lib/drivers/cloud-run/client.ts'
import { cloudRun } from '#lib/drivers/cloud-run/driver.ts'
import type { Metrics } from '#lib/drivers/metrics.ts'
import { emulatedRegistry, googleRegistry } from '#lib/drivers/oci-registry/google.ts'
import type { ImageRegistry } from '#lib/drivers/registry-images.ts'
import type { Runtime } from '#lib/drivers/runtime.ts'
import { env } from '#lib/platform/env.ts'

export type ProviderName = 'cloud-run'
export type MetricsSourceName = 'cloud-monitoring'

const endpoint = (): CloudEndpoint => (env().SLUICE_CLOUD === 'google' ? { kind: 'google' } : { kind: 'emulator', host: '127.0.0.1', port: env().EMULATOR_PORT })

type Drivers = { runtimes: { [K in ProviderName]: Runtime }; metrics: { [K in MetricsSourceName]: Metrics }; images: ImageRegistry }

// Clients hold connections: one set per process, whatever the number of bundles Next makes of this module.
const shared = globalThis as typeof globalThis & { sluiceDrivers?: Drivers }
const drivers = (): Drivers =>
  (shared.sluiceDrivers ??= {
    runtimes: { 'cloud-run': cloudRun(endpoint(), { writesPerMinute: env().SLUICE_WRITES_PER_MINUTE }) },
    metrics: { 'cloud-monitoring': cloudMonitoring(endpoint()) },
    images: env().SLUICE_CLOUD === 'google' ? googleRegistry(env().SLUICE_ALLOWED_HOSTS) : emulatedRegistry(env().EMULATOR_PORT),
  })

export const runtimeFor = (provider: ProviderName): Runtime => drivers().runtimes[provider]
export const metricsFor = (source: MetricsSourceName): Metrics => drivers().metrics[source]
export const imageRegistry = (): ImageRegistry => drivers().images
/** For tests that point one process at several clouds. */
export const forgetDrivers = (): void => {
  delete shared.sluiceDrivers
}
