import { z } from 'zod'

export const LiveEvent = z.object({ topic: z.enum(['rollout', 'promotion', 'target', 'release', 'application']), id: z.string(), version: z.number() })
export type LiveEvent = z.infer<typeof LiveEvent>

/** Which answers show something of a topic: of the object itself by id, and of everything (lists, and views that quote it). */
const shownIn: Record<LiveEvent['topic'], { own: string; also: readonly string[] }> = {
  rollout: { own: 'rollouts.view', also: ['rollouts.list', 'promotions.view', 'promotions.list', 'targets.view', 'targets.list', 'releases.view', 'applications.list', 'applications.view', 'audit.list'] },
  promotion: { own: 'promotions.view', also: ['promotions.list', 'releases.view', 'audit.list'] },
  target: { own: 'targets.view', also: ['targets.list', 'releases.view', 'applications.list', 'applications.view', 'promotions.view', 'audit.list'] },
  release: { own: 'releases.view', also: ['releases.list', 'promotions.view', 'audit.list'] },
  application: { own: 'applications.view', also: ['applications.list', 'targets.list', 'targets.view', 'promotions.view', 'promotions.list', 'releases.list', 'audit.list'] },
}

type Key = readonly unknown[]
const idOf = (input: unknown): unknown => (typeof input === 'object' && input !== null && 'id' in input ? input.id : undefined)
const versionOf = (data: unknown): number => (typeof data === 'object' && data !== null && 'version' in data && typeof data.version === 'number' ? data.version : -1)

/** Should the answer under this key be read again? An event not newer than what is shown is news of the past. */
export function concerns(e: LiveEvent, key: Key, data: unknown): boolean {
  const { own, also } = shownIn[e.topic]
  const [endpointId, input] = key
  if (endpointId === own) {
    if (e.topic !== 'application' && idOf(input) !== e.id) return false
    return e.version <= 0 || versionOf(data) < e.version
  }
  return typeof endpointId === 'string' && also.includes(endpointId)
}
