import { randomUUID } from 'node:crypto'
import type { Cloud } from '#emulator/cloud.ts'
import { RpcError } from '#emulator/errors.ts'
import type { Handler } from '#emulator/rest/router.ts'
import { timeOf } from '#emulator/run/etag.ts'
import { segmentChanges, withFirstTraffic } from '#emulator/run/load-history.ts'
import { paginate } from '#emulator/run/pages.ts'
import { reconcile } from '#emulator/run/reconcile.ts'
import type { JsonObject } from '#emulator/state/json.ts'
import type { Change } from '#emulator/state/journal.ts'
import { put, remove } from '#emulator/state/state.ts'
import type { OperationRecord } from '#emulator/state/types.ts'

const keptOperations = 2000
const locationOf = (name: string) => name.split('/').slice(0, 4).join('/')
const anyOf = (type: string, value: JsonObject): JsonObject => ({ '@type': `type.googleapis.com/${type}`, ...value })
export const serviceAny = (service: JsonObject) => anyOf('google.cloud.run.v2.Service', service)

export const operationName = (resource: string) => `${locationOf(resource)}/operations/${randomUUID()}`

/** An operation that was over before anyone could ask for it, such as that of a `validateOnly`. */
export const doneOperation = (resource: string, type: string, value: JsonObject): JsonObject =>
  ({ name: operationName(resource), done: true, metadata: anyOf(type, value), response: anyOf(type, value) })

export function showOperation(record: OperationRecord): JsonObject {
  const { name, metadata, done, response, error } = record
  return { name, metadata, ...(done && { done }), ...(error ? { error } : response && { response }) }
}

/** google.longrunning for Cloud Run: what has been accepted and is being worked on. */
export class Operations {
  readonly #cloud: Cloud
  readonly #open: Set<string>
  constructor(cloud: Cloud) {
    this.#cloud = cloud
    this.#open = new Set([...cloud.state.table('operations').values()].filter(one => !one.done).map(one => one.name))
  }

  /** The changes that add an operation, and drop the oldest ones that are over. */
  accept(record: OperationRecord): Change[] {
    if (!record.done) this.#open.add(record.name)
    const surplus = this.#cloud.state.table('operations').size - keptOperations
    const old = surplus <= 0 ? [] : [...this.#cloud.state.table('operations').values()].filter(one => one.done).slice(0, surplus)
    return [...old.map(one => remove('operations', one.name)), put('operations', record.name, record)]
  }

  /** Settles what is due by product time. Called before every request is looked at, so no timer is needed. */
  settleDue(): void {
    if (this.#open.size === 0) return
    const nowMs = this.#cloud.clock.nowMs()
    for (const name of this.#open) {
      const record = this.#cloud.state.table('operations').get(name)
      if (!record || record.done) this.#open.delete(name)
      else if (record.settleAtMs !== null && record.settleAtMs <= nowMs) this.#settle(record)
    }
  }

  /** `/_control/operations`: open operations follow a new setting too. */
  reschedule(settleAtMs: number | null): void {
    for (const name of this.#open) {
      const record = this.#cloud.state.table('operations').get(name)
      if (record) this.#cloud.state.commit(put('operations', name, { ...record, settleAtMs }))
    }
    this.settleDue()
  }

  forgetAll(): void {
    this.#open.clear()
  }

  #settle(record: OperationRecord): void {
    const { state } = this.#cloud
    const owner = state.table('services').get(record.service)
    const settleMs = record.settleAtMs ?? this.#cloud.clock.nowMs()
    if (!owner || owner.service.generation !== record.generation) {
      // A newer change took over: this one ends with what is there now (assumed).
      state.commit(put('operations', record.name, { ...record, done: true, response: owner ? serviceAny(owner.service) : record.metadata }))
      this.#open.delete(record.name)
      return
    }
    const outcome = reconcile(this.#cloud, owner.service, record, name => state.table('revisions').get(name), timeOf(settleMs * 1000))
    if (outcome.state === 'waiting') return
    const next = withFirstTraffic({ ...owner, service: outcome.service }, settleMs)
    const done: OperationRecord = { ...record, done: true, metadata: serviceAny(outcome.service), ...(outcome.error ? { error: outcome.error } : { response: serviceAny(outcome.service) }) }
    state.commit(put('services', record.service, next), put('operations', record.name, done), ...segmentChanges(this.#cloud, record.service, next, settleMs))
    this.#open.delete(record.name)
  }
}

/** Until an operation is done or the caller's time is over. */
const longestWaitMs = 60_000
const waitStepMs = 20

export function operationHandlers(cloud: Cloud, operations: Operations): Record<string, Handler> {
  const find = (name: unknown): OperationRecord => {
    const record = cloud.state.table('operations').get(String(name))
    if (!record) throw new RpcError('NOT_FOUND', `Operation '${String(name)}' does not exist.`)
    return record
  }
  return {
    GetOperation: request => showOperation(find(request['name'])),

    ListOperations: request => {
      const prefix = `${String(request['name'])}/operations/`
      const all = [...cloud.state.table('operations').values()].filter(one => one.name.startsWith(prefix)).toReversed()
      const page = paginate(all, request)
      return { operations: page.items.map(showOperation), ...(page.next && { nextPageToken: page.next }) }
    },

    DeleteOperation: request => {
      cloud.state.commit(remove('operations', find(request['name']).name))
      return {}
    },

    WaitOperation: async (request, call) => {
      const asked = typeof request['timeout'] === 'string' ? Number.parseFloat(request['timeout']) * 1000 : longestWaitMs
      const untilMs = performance.now() + Math.min(asked, longestWaitMs)
      find(request['name'])
      while (!find(request['name']).done && performance.now() < untilMs && !call.signal.aborted) {
        await new Promise(resolve => setTimeout(resolve, waitStepMs))
        operations.settleDue()
      }
      return showOperation(find(request['name']))
    },
  }
}
