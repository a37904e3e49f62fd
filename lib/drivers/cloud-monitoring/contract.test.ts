import { emulatedCloud } from '#emulator/contract/clients.ts'
import { cloudMonitoring } from '#lib/drivers/cloud-monitoring/driver.ts'
import { contractOf, type ContractWorld } from '#lib/drivers/testing/metrics-contract.ts'

// Google's own client over the wire; time passes as fast as the tests like.
const cloud = emulatedCloud()
const world: ContractWorld = {
  cloud,
  open: async () => cloudMonitoring({ kind: 'emulator', host: '127.0.0.1', port: cloud.emulator.port }),
  pass: async (ms) => void (await cloud.emulator.control('clock', { advanceMs: Math.ceil(ms) })),
  slackSeconds: 0,
}

contractOf('Cloud Monitoring', world, world)
