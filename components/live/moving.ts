const moving = new Set(['pending', 'ready', 'running', 'paused', 'held', 'rolling_back', 'rolling_out'])

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null

/** Does this answer show something that may change by itself soon? Works on every view of the contracts. */
export function isMoving(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(isMoving)
  if (!isObject(data)) return false
  if (Array.isArray(data['items'])) return data['items'].some(isMoving)
  if (Array.isArray(data['environments'])) return data['environments'].some((e) => isObject(e) && isMoving(e['targets']))
  if (typeof data['openRollout'] === 'string' || data['requested'] === true) return true
  return typeof data['state'] === 'string' && moving.has(data['state'])
}

/**
 * Keeps what is newer: an answer that was under way while a later one arrived must not overwrite it.
 * Views without a version are taken as they come.
 */
export function keepNewest(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after) || before['id'] !== after['id']) return after
  const [a, b] = [before['version'], after['version']]
  return typeof a === 'number' && typeof b === 'number' && b < a ? before : after
}
