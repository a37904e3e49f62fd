import { v2 } from '@google-cloud/run'
import { PassThroughClient } from 'google-auth-library'

type Service = { fullName: string }
const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION'

/** Somebody at the console: the official client, knowing nothing of Sluice. */
export function outsider(w: { cloud: { port: number } }) {
  const options = { apiEndpoint: '127.0.0.1', port: w.cloud.port, fallback: true as const, protocol: 'http', authClient: new PassThroughClient() }
  const services = new v2.ServicesClient(options)
  return {
    services,
    revisions: new v2.RevisionsClient(options),
    read: async (t: Service) => (await services.getService({ name: t.fullName }))[0],
    setSplit: async (t: Service, split: Record<string, number>) => {
      const [s] = await services.getService({ name: t.fullName })
      const tags = (s.traffic ?? []).filter((e) => e.tag).map((e) => ({ type: e.type, revision: e.revision, tag: e.tag }))
      const shares = Object.entries(split).map(([revision, percent]) => ({ type: REVISION, revision, percent }))
      const [op] = await services.updateService({ service: { name: t.fullName, traffic: [...shares, ...tags] as never[] }, updateMask: { paths: ['traffic'] } })
      await op.promise()
    },
  }
}
