import http from 'node:http'
import type { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import { say } from './say.ts'

/**
 * Lets a process end at the n-th thing that a rollout awaits from outside: a statement to the database or an HTTP request,
 * made in the async context of that rollout. The product knows nothing of this: the driver and Node's http are wrapped
 * here, in the process under test only.
 *
 * `before`: it is not sent. `sent`: the request has left, its answer is not looked at. `after`: the answer has arrived
 * and is not looked at.
 */
export type Mode = 'before' | 'sent' | 'after'
export type Stop = { rollout: string; place: Place; mode: Mode; signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' }
/**
 * Where in a walk. `nth`, from 0, of what has this name: reads that go out together come in any order, and a walk that had
 * to look once more is longer, yet each has its third COMMIT. `index`: whatever comes then, for a walk that nobody counted.
 */
export type Place = { name: string; nth: number } | { index: number }

/** What one rollout awaited so far. `stands`: it has come to the point where the process is to die, and goes no further. */
type Walk = { names: string[]; stop: Stop | null; stands: boolean }
type Halt = { mode: Mode; stays: boolean; reached: () => void }

const walks = new Map<string, Walk>()
const never = new Promise<never>(() => undefined)

/** Counts the points of these rollouts; they stop nowhere. */
export function follow(rollouts: readonly string[]): void {
  for (const id of rollouts) walks.set(id, { names: [], stop: null, stands: false })
}

/**
 * Those that come first to their points stand still there; when all have, the process says so, to be killed from outside.
 * The other signals it sends to itself, and goes on as far as they let it.
 */
export function arm(stops: readonly Stop[]): void {
  for (const stop of stops) walks.set(stop.rollout, { names: [], stop, stands: false })
}

export const namesOf = (rollout: string): readonly string[] => walks.get(rollout)?.names ?? []

/** Beats come by time, not by progress: counted, they would move every point after them. */
const isBeat = (name: string) => name.startsWith('pg update rollout set lease_until = clock_timestamp()')

function haltAt(name: string): Halt | null {
  const contexts = (globalThis as { sluiceLogContext?: AsyncLocalStorage<{ rollout_id?: string }> }).sluiceLogContext
  const walk = walks.get(contexts?.getStore()?.rollout_id ?? '')
  if (!walk || isBeat(name)) return null
  if (walk.stands) return { mode: 'before', stays: true, reached: () => undefined }
  walk.names.push(name)
  const { stop } = walk
  if (!stop || !isThere(walk.names, stop.place)) return null
  const stays = stop.signal === 'SIGKILL'
  walk.stands = stays
  return { mode: stop.mode, stays, reached: () => reach(stop, name) }
}

/** Is the last of these names that place? */
const isThere = (names: readonly string[], place: Place): boolean =>
  'index' in place ? names.length - 1 === place.index : names.at(-1) === place.name && names.filter((one) => one === place.name).length - 1 === place.nth

const reached = new Set<string>()

function reach(stop: Stop, name: string): void {
  if (reached.has(stop.rollout)) return
  reached.add(stop.rollout)
  say({ said: 'reached', rollout: stop.rollout, name })
  const all = [...walks.entries()].filter(([, walk]) => walk.stop !== null)
  if (!all.every(([rollout]) => reached.has(rollout))) return
  say({ said: 'stands' })
  if (stop.signal !== 'SIGKILL') process.kill(process.pid, stop.signal)
}

const textOf = (statement: unknown): string => {
  const text = typeof statement === 'string' ? statement : typeof statement === 'object' && statement !== null && 'text' in statement ? String(statement.text) : ''
  return `pg ${text.replaceAll(/\s+/g, ' ').trim().slice(0, 90)}`
}

type Call = (...args: unknown[]) => unknown
const query = Reflect.get(pg.Client.prototype, 'query') as Call // its overloads do not matter to a wrapper

Reflect.set(pg.Client.prototype, 'query', function (this: pg.Client, ...args: unknown[]): unknown {
  const halt = haltAt(textOf(args[0]))
  if (!halt) return Reflect.apply(query, this, args)
  const { stays } = halt
  if (halt.mode === 'before') {
    halt.reached()
    return stays ? never : Reflect.apply(query, this, args)
  }
  const callback = args.at(-1)
  if (typeof callback === 'function') {
    const answered = (...answer: unknown[]) => {
      halt.reached()
      if (!stays) Reflect.apply(callback as Call, undefined, answer)
    }
    return Reflect.apply(query, this, [...args.slice(0, -1), answered])
  }
  const answer = Promise.resolve(Reflect.apply(query, this, args)).finally(halt.reached)
  return stays ? answer.then(() => never, () => never) : answer
})

/** Ids out, so that the same call of two rollouts has the same name. */
const nameOf = (request: http.ClientRequest): string => `http ${request.method} ${request.path.replaceAll(/(app|svc|p)-[0-9a-f]{8}[\w-]*/g, '*')}`

const makeRequest = http.request

http.request = ((...args: Parameters<typeof makeRequest>) => {
  const request = makeRequest(...args)
  const halt = haltAt(nameOf(request))
  return halt ? halted(request, halt) : request
}) as typeof makeRequest

/** Holds back what is sent (before), or what is heard of the answer (sent, after). */
function halted(request: http.ClientRequest, halt: Halt): http.ClientRequest {
  if (halt.mode === 'before') {
    halt.reached()
    // Nothing leaves before the first of these.
    if (halt.stays) Object.assign(request, { write: () => true, end: () => request })
    return request
  }
  if (halt.mode === 'sent') request.once('finish', halt.reached)
  // A call that breaks has no answer to stand still at.
  request.once('error', halt.reached)
  const emit = request.emit.bind(request)
  request.emit = (event: string | symbol, ...rest: unknown[]) => {
    if (event !== 'response') return emit(event as 'close', ...(rest as []))
    if (halt.mode === 'after') halt.reached()
    return halt.stays ? true : emit(event as 'close', ...(rest as []))
  }
  return request
}

const ask = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const halt = haltAt(`fetch ${init?.method ?? 'GET'} ${new URL(input instanceof Request ? input.url : input).pathname.split('/').at(-1) ?? ''}`)
  if (!halt) return ask(input, init)
  if (halt.mode === 'before') {
    halt.reached()
    return halt.stays ? never : ask(input, init)
  }
  const answer = await ask(input, init).finally(halt.reached)
  return halt.stays ? never : answer
}

// A reading of the clock is reused for half a second: which turn asks the database would differ from run to run.
Object.defineProperty(globalThis, 'sluiceClock', { configurable: true, get: () => undefined, set() {} })
