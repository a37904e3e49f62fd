import { describe, expect, test } from 'vitest'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { planRows, type Rows } from '#lib/blueprints/rows.ts'

type Name = { name: string; was?: string }
const at = (service: string) => ({ project: 'p', region: 'r', service })
/** Every environment has a target for every service, at `<environment>-<service>` unless told otherwise. */
const model = (services: Name[], environments: Name[], place = (e: string, s: string) => at(`${e}-${s}`)): BlueprintModel => ({
  name: 'shop', title: 'Shop', owner: 'team', order: [], strategies: [], suites: [],
  services: services.map((s) => ({ name: s.name, was: s.was ?? null, kind: 'service', repository: null })),
  environments: environments.map((e) => ({
    name: e.name, was: e.was ?? null, tier: 'staging', strategy: 's', after: [], start: 'auto', onNewer: 'queue', onFreeze: 'hold', approvals: [],
    targets: services.map((s) => ({ service: s.name, cloudRun: place(e.name, s.name), metrics: null, config: {} })),
  })),
})
const rows: Rows = {
  services: [{ id: 'S1', slug: 'api', retired: false }, { id: 'S2', slug: 'old', retired: true }],
  environments: [{ id: 'E1', slug: 'staging', retired: false }],
  targets: [{ id: 'T1', environmentId: 'E1', serviceId: 'S1', locator: at('staging-api'), retired: false }, { id: 'T2', environmentId: 'E1', serviceId: 'S2', locator: at('staging-old'), retired: true }],
}
const planned = (m: BlueprintModel, given = rows) => {
  let n = 0
  const plan = planRows(m, given, () => `new${++n}`)
  return {
    services: plan.services.map((s) => `${s.op} ${s.id} ${s.slug}`),
    environments: plan.environments.map((e) => `${e.op} ${e.id} ${e.slug}`),
    targets: plan.targets.map((t) => `${t.op} ${t.id} ${t.label}`),
    gone: [...plan.retireServices, ...plan.retireEnvironments].map((r) => r.slug).concat(plan.retireTargets.map((t) => t.label)),
    problems: plan.problems.map((p) => p.message),
  }
}

describe('which rows are added, kept, renamed, revived and retired', () => {
  test('the same again keeps all', () => {
    expect(planned(model([{ name: 'api' }], [{ name: 'staging' }]))).toEqual({ services: ['keep S1 api'], environments: ['keep E1 staging'], targets: ['keep T1 api in staging'], gone: [], problems: [] })
  })
  test('a new environment brings its targets', () => {
    expect(planned(model([{ name: 'api' }], [{ name: 'staging' }, { name: 'production' }]))).toMatchObject({ environments: ['keep E1 staging', 'add new1 production'], targets: ['keep T1 api in staging', 'add new2 api in production'] })
  })
  test('a rename keeps the row, its targets and with them their history', () => {
    expect(planned(model([{ name: 'api' }], [{ name: 'stage', was: 'staging' }], () => at('staging-api')))).toMatchObject({ environments: ['rename E1 stage'], targets: ['keep T1 api in stage'], gone: [] })
  })
  test('the old name may stay in was: after the rename', () => {
    expect(planned(model([{ name: 'api', was: 'backend' }], [{ name: 'staging' }]))).toMatchObject({ services: ['keep S1 api'], problems: [] })
  })
  test('without was: the one goes and the other comes', () => {
    expect(planned(model([{ name: 'backend' }], [{ name: 'staging' }]))).toMatchObject({ services: ['add new1 backend'], targets: ['add new2 backend in staging'], gone: ['api', 'api in staging'] })
  })
  test('what was retired comes back as the same row', () => {
    expect(planned(model([{ name: 'api' }, { name: 'old' }], [{ name: 'staging' }]))).toMatchObject({ services: ['keep S1 api', 'revive S2 old'], targets: ['keep T1 api in staging', 'revive T2 old in staging'] })
  })
  test('a rename to a name that was used before would mix two histories', () => {
    expect(planned(model([{ name: 'old', was: 'api' }], [{ name: 'staging' }])).problems).toEqual([expect.stringContaining('"api" cannot be renamed to "old": that name was used before')])
  })
  test('another place makes the same target start anew', () => {
    expect(planned(model([{ name: 'api' }], [{ name: 'staging' }], () => at('elsewhere'))).targets).toEqual(['relocate T1 api in staging'])
  })
})
