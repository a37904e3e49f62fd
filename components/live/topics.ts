/** News of one thing, as the stream tells it. */
export type LiveEvent = { topic: 'rollout' | 'promotion' | 'target' | 'release' | 'application'; id: string; version: number }

/** Which answers show something of a topic: of the object itself by id, and of everything (lists, and views that quote it). */
const shownIn: Record<LiveEvent['topic'], { own: string; also: readonly string[] }> = {
  rollout: { own: 'rollouts.view', also: ['rollouts.list', 'environments.list', 'promotions.view', 'promotions.list', 'targets.view', 'targets.list', 'targets.metrics', 'targets.arms', 'rollouts.evidence', 'targets.verdicts', 'releases.view', 'applications.list', 'applications.view', 'audit.list', 'frame.view', 'overview.view', 'demo.guide'] },
  promotion: { own: 'promotions.view', also: ['promotions.list', 'releases.view', 'audit.list', 'frame.view', 'overview.view', 'demo.guide'] },
  target: { own: 'targets.view', also: ['environments.list', 'targets.list', 'releases.view', 'applications.list', 'applications.view', 'promotions.view', 'audit.list', 'frame.view', 'overview.view'] },
  release: { own: 'releases.view', also: ['releases.list', 'promotions.view', 'audit.list', 'overview.view', 'demo.guide'] },
  application: { own: 'applications.view', also: ['applications.list', 'environments.list', 'blueprints.view', 'connections.list', 'targets.list', 'targets.view', 'promotions.view', 'promotions.list', 'releases.list', 'audit.list', 'frame.view', 'overview.view'] },
}

/** By hand and not by a schema: each script that every page loads is waited for. */
export const isLiveEvent = (e: unknown): e is LiveEvent => typeof e === 'object' && e !== null && 'topic' in e && typeof e.topic === 'string' && Object.hasOwn(shownIn, e.topic) && 'id' in e && typeof e.id === 'string' && 'version' in e && typeof e.version === 'number'

type Key = readonly unknown[]
const idOf = (input: unknown): unknown => (typeof input === 'object' && input !== null && 'id' in input ? input.id : undefined)
const versionOf = (data: unknown): number => (typeof data === 'object' && data !== null && 'version' in data && typeof data.version === 'number' ? data.version : -1)

/** Is the answer under this key a view of the very thing? It is read again before the lists that quote it. */
export const isAbout = (e: LiveEvent, [endpointId, input]: Key): boolean => endpointId === shownIn[e.topic].own && (e.topic === 'application' || idOf(input) === e.id)

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
