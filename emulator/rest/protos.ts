import { createRequire } from 'node:module'
import protobuf from 'protobufjs'

const require = createRequire(import.meta.url)

/** The descriptions that ship inside the official packages: what they can send is what we read. */
const root = (packageName: string): protobuf.Root => {
  const json: unknown = require(`${packageName}/build/protos/protos.json`)
  const made = protobuf.Root.fromJSON(json as protobuf.INamespace)
  made.resolveAll()
  return made
}

export const runRoot = root('@google-cloud/run')
export const monitoringRoot = root('@google-cloud/monitoring')
