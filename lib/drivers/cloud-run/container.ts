import type { protos } from '@google-cloud/run'

type Container = protos.google.cloud.run.v2.IContainer

/** Of several containers the service's own is the one that takes requests, and that one alone has ports (container.proto, `ports`); sidecars may stand before it. */
export const ownIndex = (containers: readonly Container[]): number => Math.max(0, containers.findIndex((c) => (c.ports?.length ?? 0) > 0))

export function ownContainer(containers: readonly Container[] | null | undefined): Container | undefined {
  return containers?.[ownIndex(containers)]
}
