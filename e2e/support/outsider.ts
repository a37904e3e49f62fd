import { v2 } from '@google-cloud/run'
import { PassThroughClient } from 'google-auth-library'
import { product } from './product.ts'

const cloud = new URL(product.cloudUrl)
const services = new v2.ServicesClient({ fallback: true, protocol: 'http', apiEndpoint: cloud.hostname, port: Number(cloud.port), authClient: new PassThroughClient() })

/** Somebody else moves traffic with the official client, as gcloud or Terraform would; tags stay where they are. */
export async function moveTraffic(name: string, split: Record<string, number>): Promise<void> {
  const type = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const
  const [live] = await services.getService({ name })
  const tagged = (live.traffic ?? []).flatMap((t) => (t.tag ? [{ type, revision: t.revision ?? '', tag: t.tag, percent: 0 }] : []))
  const shares = Object.entries(split).map(([revision, percent]) => ({ type, revision, percent }))
  const [operation] = await services.updateService({ service: { name, traffic: [...shares, ...tagged] }, updateMask: { paths: ['traffic'] } })
  await operation.promise()
}
