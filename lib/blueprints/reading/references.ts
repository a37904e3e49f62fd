import { nearestOf } from '#lib/blueprints/reading/nearest.ts'
import { type Path, problemAt, type Source } from '#lib/blueprints/reading/source.ts'

/** Parts of the document that refer to each other, taken from the plain data so that one bad field does not hide these. */
type Named = { name: string; path: Path; item: Record<string, unknown> }

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
const items = (parent: unknown, field: string, path: Path): { item: Record<string, unknown>; path: Path }[] => {
  const value = isRecord(parent) ? parent[field] : undefined
  return Array.isArray(value) ? value.flatMap((item: unknown, i) => (isRecord(item) ? [{ item, path: [...path, field, i] }] : [])) : []
}
const named = (spec: unknown, field: string): Named[] => items(spec, field, ['spec']).flatMap(({ item, path }) => (typeof item['name'] === 'string' ? [{ name: item['name'], path, item }] : []))

/** Every name that is used must exist, every list has each name once, every locator belongs to one target. */
export function checkReferences(source: Source): void {
  const spec = isRecord(source.plain) ? source.plain['spec'] : undefined
  const services = named(spec, 'services')
  const environments = named(spec, 'environments')
  const strategies = named(spec, 'strategies')
  const suites = named(spec, 'suites')
  for (const [list, what] of [[services, 'service'], [environments, 'environment'], [strategies, 'strategy'], [suites, 'suite']] as const) once(source, list, what)
  for (const list of [services, environments]) checkRenames(source, list)

  const refer = (value: unknown, path: Path, names: readonly Named[], what: string) => {
    if (typeof value !== 'string' || names.some((n) => n.name === value)) return
    const allowed = names.map((n) => n.name)
    const nearest = nearestOf(value, allowed)
    problemAt(source, path, `there is no ${what} "${value.slice(0, 80)}"${nearest === null ? '' : `; the nearest is "${nearest}"`}`, allowed, nearest)
  }
  for (const { item, path } of strategies) {
    for (const step of items(item, 'steps', path)) if (isRecord(step.item['verify'])) refer(step.item['verify']['suite'], [...step.path, 'verify', 'suite'], suites, 'suite')
  }
  for (const { item, path } of environments) {
    refer(item['strategy'], [...path, 'strategy'], strategies, 'strategy')
    for (const a of items(item, 'after', path)) refer(a.item['environment'], [...a.path, 'environment'], environments, 'environment')
    for (const t of items(item, 'targets', path)) refer(t.item['service'], [...t.path, 'service'], services, 'service')
    oncePer(source, items(item, 'targets', path), 'service', 'a service has one target in an environment')
    oncePer(source, items(item, 'after', path), 'environment', 'each environment once')
  }
  checkOrder(source, spec, services, refer)
  checkLocators(source, environments)
  checkCircles(source, environments)
}

function once(source: Source, list: readonly Named[], what: string): void {
  const seen = new Set<string>()
  for (const { name, path } of list) {
    if (seen.has(name)) problemAt(source, [...path, 'name'], `the ${what} "${name}" stands twice; names are unique in their list`)
    seen.add(name)
  }
}

function oncePer(source: Source, list: readonly { item: Record<string, unknown>; path: Path }[], field: string, rule: string): void {
  const seen = new Set<unknown>()
  for (const { item, path } of list) {
    const value = item[field]
    if (typeof value === 'string' && seen.has(value)) problemAt(source, [...path, field], `"${value}" stands twice: ${rule}`)
    seen.add(value)
  }
}

function checkRenames(source: Source, list: readonly Named[]): void {
  const claimed = new Set<unknown>()
  for (const { item, path } of list) {
    const was = item['was']
    if (typeof was !== 'string') continue
    if (list.some((n) => n.name === was)) problemAt(source, [...path, 'was'], `"${was}" is still a name here; was: is the name that this replaces`)
    if (claimed.has(was)) problemAt(source, [...path, 'was'], `"${was}" is claimed twice`)
    claimed.add(was)
  }
}

function checkOrder(source: Source, spec: unknown, services: readonly Named[], refer: (value: unknown, path: Path, names: readonly Named[], what: string) => void): void {
  const order = isRecord(spec) ? spec['order'] : undefined
  if (!Array.isArray(order)) return
  const seen = new Set<unknown>()
  order.forEach((group: unknown, g) => {
    if (!Array.isArray(group)) return
    group.forEach((name: unknown, i) => {
      const path = ['spec', 'order', g, i]
      refer(name, path, services, 'service')
      if (seen.has(name)) problemAt(source, path, `"${String(name)}" stands twice in the order`)
      seen.add(name)
    })
  })
}

function checkLocators(source: Source, environments: readonly Named[]): void {
  const seen = new Map<string, string>()
  for (const { name, item, path } of environments) {
    for (const target of items(item, 'targets', path)) {
      const at = target.item['cloudRun']
      if (!isRecord(at)) continue
      const key = `${String(at['project'])}/${String(at['region'])}/${String(at['service'])}`
      const owner = `${name}/${String(target.item['service'])}`
      const other = seen.get(key)
      if (other !== undefined) problemAt(source, [...target.path, 'cloudRun'], `${key} is the target ${other} already; a locator belongs to one target`)
      else seen.set(key, owner)
    }
  }
}

/** An environment that comes after itself could never be reached. */
function checkCircles(source: Source, environments: readonly Named[]): void {
  const upstream = new Map(environments.map((e) => [e.name, items(e.item, 'after', e.path).map((a) => a.item['environment'])]))
  for (const { name, path } of environments) {
    const seen = new Set<unknown>()
    const open = [...(upstream.get(name) ?? [])]
    while (open.length > 0) {
      const next = open.pop()
      if (next === name) {
        const through = [...seen].filter((s) => s !== name).join(', ')
        problemAt(source, [...path, 'after'], `${name} comes after itself${through ? ` by way of ${through}` : ''}: no release could ever reach it`)
        break
      }
      if (typeof next !== 'string' || seen.has(next)) continue
      seen.add(next)
      open.push(...(upstream.get(next) ?? []))
    }
  }
}
