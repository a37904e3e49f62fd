import { randomUUID } from 'node:crypto'
import type { Action, ControlParts } from '#emulator/control/control.ts'
import { BehaviourInput, ClockInput, CountersInput, FaultInput, IamInput, LoadInput, MetricsInput, OperationsInput, QuotaInput, RandomInput, RegistryInput, readInput } from '#emulator/control/inputs.ts'
import { RpcError, codeOf, invalid } from '#emulator/errors.ts'
import { drawsFrom } from '#emulator/monitoring/random.ts'
import { imageKey, parseImage, rememberImage } from '#emulator/run/images.ts'
import { segmentChanges } from '#emulator/run/load-history.ts'
import { shortName } from '#emulator/run/names.ts'
import { revisionsOf } from '#emulator/run/revisions.ts'
import { addressable } from '#emulator/run/traffic.ts'
import { defaultSettings, put, remove } from '#emulator/state/state.ts'
import type { BehaviourOverride, Tables } from '#emulator/state/types.ts'

const everything: readonly (keyof Tables)[] = ['services', 'revisions', 'operations', 'policies', 'images', 'segments', 'requests', 'loads', 'behaviours', 'faults', 'calls']

/** `METHOD /path` → what it does. emulator/README.md shows each with curl. */
export const actions: Readonly<Record<string, Action>> = {
  'GET /_control': parts => summary(parts),

  'GET /_control/calls': ({ calls }, _body, query) => ({
    lastSeq: calls.lastSeq,
    calls: calls.list({
      write: query.get('write') ? query.get('write') !== '0' : null,
      service: query.get('service') || null,
      rpc: query.get('rpc') || null,
      since: Number(query.get('since') ?? 0),
    }),
  }),
  'DELETE /_control/calls': ({ calls }) => {
    calls.clear()
    return { lastSeq: calls.lastSeq }
  },

  'GET /_control/clock': ({ cloud }) => clockState(cloud),
  'POST /_control/clock': async ({ cloud, clockMovable, operations }, body) => {
    if (!clockMovable) throw new RpcError('PERMISSION_DENIED', 'The clock can be moved only where demo accounts exist (SLUICE_DEMO=1).')
    await cloud.clock.change(readInput(ClockInput, body))
    operations.settleDue()
    return clockState(cloud)
  },

  'GET /_control/faults': ({ cloud }) => ({ faults: [...cloud.state.table('faults').values()] }),
  'POST /_control/faults': ({ cloud }, body) => {
    const { times, ...given } = readInput(FaultInput, body)
    const fault: Tables['faults'] = { ...withoutUndefined(given), kind: given.kind, id: randomUUID(), left: times ?? null }
    cloud.state.commit(put('faults', fault.id, fault))
    return fault
  },
  'DELETE /_control/faults': ({ cloud }, _body, query) => {
    const id = query.get('id')
    if (id === null) cloud.state.clear(['faults'])
    else cloud.state.commit(remove('faults', id))
    return { faults: [...cloud.state.table('faults').values()] }
  },

  'GET /_control/operations': ({ cloud }) => cloud.state.setting('operations'),
  'POST /_control/operations': ({ cloud, operations }, body) => {
    const given = readInput(OperationsInput, body ?? {})
    const failWith = typeof given.failWith === 'string' ? { code: codeOf('INTERNAL'), message: given.failWith } : (given.failWith ?? null)
    const next = { delayMs: given.delayMs ?? 0, never: given.never ?? false, failWith }
    cloud.state.setSetting('operations', next)
    operations.reschedule(next.never ? null : cloud.clock.nowMs() + next.delayMs)
    return next
  },

  'GET /_control/metrics': ({ cloud }) => cloud.state.setting('metrics'),
  'POST /_control/metrics': ({ cloud }, body) => {
    const given = readInput(MetricsInput, body)
    // Sample period and the longer of the delays quoted for request metrics (gcp.md 3.5).
    const asked = given === 'as on the real thing' ? { samplePeriodSeconds: 60, ingestDelaySeconds: 180 } : withoutUndefined(given)
    cloud.state.setSetting('metrics', { ...cloud.state.setting('metrics'), ...asked })
    return cloud.state.setting('metrics')
  },

  'POST /_control/load': ({ cloud }, body) => {
    const { service, requestsPerSecond } = readInput(LoadInput, body)
    const name = findService(cloud, service)
    cloud.state.commit(put('loads', name, requestsPerSecond))
    refreshLoad(cloud, name)
    return { service: name, requestsPerSecond }
  },

  'GET /_control/behaviour': ({ cloud }) => Object.fromEntries(cloud.state.table('behaviours')),
  'POST /_control/behaviour': ({ cloud, operations }, body) => {
    const { service, revision, ...given } = readInput(BehaviourInput, body)
    if ((service === undefined) === (revision === undefined)) throw invalid('service', "Give either 'service' or 'revision'.")
    const name = service === undefined ? findRevision(cloud, revision ?? '') : findService(cloud, service)
    const merged = mergeBehaviour(cloud.state.table('behaviours').get(name), given)
    cloud.state.commit(Object.keys(merged).length === 0 ? remove('behaviours', name) : put('behaviours', name, merged))
    refreshLoad(cloud, name.split('/revisions/')[0] ?? name)
    operations.settleDue()
    return { name, ...merged }
  },

  'POST /_control/counters/reset': ({ cloud, counters }, body) => {
    const { service } = readInput(CountersInput, body ?? {})
    const name = service === undefined ? null : findService(cloud, service)
    counters.reset(name)
    return { service: name }
  },

  'GET /_control/quota': ({ cloud }) => cloud.state.setting('quota'),
  'POST /_control/quota': ({ cloud, quota }, body) => {
    cloud.state.setSetting('quota', { ...defaultSettings.quota, ...withoutUndefined(readInput(QuotaInput, body ?? {})) })
    quota.reset()
    return cloud.state.setting('quota')
  },

  'GET /_control/iam': ({ cloud }) => cloud.state.setting('iam'),
  'POST /_control/iam': ({ cloud }, body) => {
    cloud.state.setSetting('iam', readInput(IamInput, body))
    return cloud.state.setting('iam')
  },

  'POST /_control/registry': ({ cloud }, body) => {
    const given = readInput(RegistryInput, body)
    const [image, deleted] = 'delete' in given ? [given.delete, true] as const : [given.restore, false] as const
    const { repository, tag, digest } = parseImage(image)
    const key = imageKey(repository, digest ?? rememberImage(cloud.state, repository, tag ?? 'latest'))
    const known = cloud.state.table('images').get(key)
    if (!known) throw new RpcError('NOT_FOUND', `The registry does not know ${key}.`)
    cloud.state.commit(put('images', key, { ...known, deleted }), ...refreshPulls(cloud, known.repository, known.tag, deleted))
    return { image: key, ...known, deleted }
  },

  'POST /_control/random': (parts, body) => {
    const { seed } = readInput(RandomInput, body)
    parts.random.draw = seed === null ? Math.random : drawsFrom(seed)
    return { seed }
  },

  'POST /_control/reset': async parts => {
    const { cloud } = parts
    cloud.state.clear(everything)
    for (const name of ['metrics', 'quota', 'iam', 'operations'] as const) cloud.state.setSetting(name, defaultSettings[name])
    parts.calls.clear()
    parts.quota.reset()
    parts.counters.reset(null)
    parts.operations.forgetAll()
    parts.random.draw = Math.random
    // A shared clock belongs to the product too: only a call that means it moves it.
    return summary(parts)
  },
}

type Cloud = ControlParts['cloud']

const clockState = (cloud: Cloud) => ({ nowMs: cloud.clock.nowMs(), now: new Date(cloud.clock.nowMs()).toISOString(), offsetMs: cloud.clock.offsetMs() })

function summary({ cloud, calls, clockMovable }: ControlParts): unknown {
  const { state } = cloud
  return {
    clock: { ...clockState(cloud), movable: clockMovable },
    services: [...state.table('services').values()].map(({ service }) => ({
      name: service.name, uri: service.uri, generation: service.generation, reconciling: service.reconciling === true, trafficStatuses: service.trafficStatuses ?? [],
      latestReadyRevision: shortName(service.latestReadyRevision ?? ''), revisions: revisionsOf(cloud, service.name).length, requestsPerSecond: state.table('loads').get(service.name) ?? null,
    })),
    openOperations: [...state.table('operations').values()].filter(one => !one.done).map(one => one.name),
    images: state.table('images').size,
    realRequests: [...state.table('requests').values()].reduce((sum, one) => sum + Object.values(one.codes).reduce((all, code) => all + code.count, 0), 0),
    faults: [...state.table('faults').values()],
    metrics: state.setting('metrics'),
    quota: state.setting('quota'),
    operations: state.setting('operations'),
    lastSeq: calls.lastSeq,
  }
}

const withoutUndefined = <T extends object>(given: T) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }

/** null takes an override away again. */
function mergeBehaviour(known: BehaviourOverride | undefined, given: Record<string, unknown>): BehaviourOverride {
  return Object.fromEntries(Object.entries({ ...known, ...withoutUndefined(given) }).filter(([, value]) => value !== null))
}

function findService(cloud: Cloud, named: string): string {
  const all = [...cloud.state.table('services').keys()]
  return only(named, 'service', all.includes(named) ? [named] : all.filter(name => shortName(name) === named))
}

function findRevision(cloud: Cloud, named: string): string {
  const all = [...cloud.state.table('revisions').keys()]
  return only(named, 'revision', all.includes(named) ? [named] : all.filter(name => shortName(name) === named))
}

function only(named: string, field: string, found: readonly string[]): string {
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  throw found.length === 0 ? new RpcError('NOT_FOUND', `There is no ${field} '${named}'.`) : invalid(field, `'${named}' is not the only one: ${found.join(', ')}.`)
}

function refreshLoad(cloud: Cloud, service: string): void {
  const record = cloud.state.table('services').get(service)
  if (record) cloud.state.commit(...segmentChanges(cloud, service, record, cloud.clock.nowMs()))
}

/**
 * Idle revisions of a deleted image cannot start again, so they are no longer ready; one that a URL reaches keeps the
 * copy that was made when it was deployed (run docs, "Container images"; the rule for idle ones is assumed).
 */
function refreshPulls(cloud: Cloud, repository: string, tag: string, deleted: boolean) {
  const digest = imageKey(repository, rememberImage(cloud.state, repository, tag))
  const uses = (image: string) => image.startsWith(digest) || image === `${repository}:${tag}`
  const reached = (name: string) => {
    const owner = cloud.state.table('services').get(name.slice(0, name.indexOf('/revisions/')))
    return owner !== undefined && addressable(owner.service).has(name)
  }
  return [...cloud.state.table('revisions')].filter(([name, record]) => uses(record.image) && !(deleted && reached(name))).map(([name, record]) => put('revisions', name, { ...record, behaviour: { ...record.behaviour, missing: deleted } }))
}
