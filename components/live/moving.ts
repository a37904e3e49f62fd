const moving = new Set(['pending', 'ready', 'running', 'paused', 'held', 'rolling_back', 'rolling_out'])

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null

/** Does this answer show something that may change by itself soon? Works on every view of the contracts. */
export function isMoving(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(isMoving)
  if (!isObject(data)) return false
  if (Array.isArray(data['pages'])) return data['pages'].some(isMoving)
  if (Array.isArray(data['items'])) return data['items'].some(isMoving)
  if (Array.isArray(data['environments'])) return data['environments'].some((e) => isObject(e) && isMoving(e['targets']))
  // The frame counts; the overview lists what is under way and what waits.
  if (typeof data['moving'] === 'number' && typeof data['waiting'] === 'number') return data['moving'] + data['waiting'] > 0
  if (Array.isArray(data['open']) && Array.isArray(data['waiting'])) return data['open'].length + data['waiting'].length > 0
  if (typeof data['openRollout'] === 'string' || data['requested'] === true) return true
  return typeof data['state'] === 'string' && moving.has(data['state'])
}

/**
 * Keeps what is newer: an answer that was under way while a later one arrived must not overwrite it. Within one version
 * the server's own time tells, since a poll changes "as of" alone; product time never goes back.
 * Views with neither are taken as they come.
 */
export function keepNewest(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after) || before['id'] !== after['id']) return after
  const [a, b] = [before['version'], after['version']]
  if (typeof a === 'number' && typeof b === 'number' && a !== b) return b < a ? before : after
  const [at, bt] = [before['now'], after['now']]
  return typeof at === 'string' && typeof bt === 'string' && Date.parse(bt) < Date.parse(at) ? before : after
}
