import { DriverError } from '#lib/drivers/errors.ts'
import type { Metrics, MetricsWindow, RevisionCounts, ServiceCounts } from '#lib/drivers/metrics.ts'

type Place = { project: string; region: string; service: string }
type Batch = { places: Map<string, Place>; answer: Promise<ReadonlyMap<string, Found>> }
type Found = RevisionCounts[] | DriverError

/** Long enough for the rollouts that one tick of the clock woke, short beside any source's delay. */
const gatherMs = 50
const mostServices = 50
/** Names in one question. Monitoring filters are kept under 2,048 characters, the limit of those in alert policies (alert.proto, filter). */
const mostCharacters = 1_800

/**
 * The same source, asked less often: `counts` questions of one project and window that come within 50 ms become one for
 * up to 50 services, and `timing` asked meanwhile is asked once. A source counts its calls by project, so it feels rollouts in fifties and not singly. When an answer
 * makes no sense each service is asked again by itself: a series that is broken must not blind the others.
 */
export function batched(source: Metrics): Metrics {
  const open = new Map<string, Batch>()

  const begin = (key: string, project: string, window: MetricsWindow): Batch => {
    const places = new Map<string, Place>()
    const answer = new Promise<void>((done) => void setTimeout(done, gatherMs)).then(async () => {
      open.delete(key)
      const found = await Promise.all(questions([...places.values()]).map((some) => ask(source, project, some, window)))
      return new Map(found.flat())
    })
    const batch = { places, answer }
    open.set(key, batch)
    return batch
  }

  const timings = new Map<string, ReturnType<Metrics['timing']>>()

  return {
    ...source,
    // Who asks while an answer is on its way waits for it; nothing is kept, since a source may change what it declares.
    timing: (project) => {
      const timing = timings.get(project) ?? source.timing(project).finally(() => timings.delete(project))
      timings.set(project, timing)
      return timing
    },
    counts: async (at, window) => {
      const key = JSON.stringify([at.project, window.fromMs, window.toMs])
      const batch = open.get(key) ?? begin(key, at.project, window)
      batch.places.set(keyOf(at), at)
      const found = (await batch.answer).get(keyOf(at)) ?? []
      if (found instanceof DriverError) throw found
      return found
    },
  }
}

const keyOf = (at: { region: string; service: string }): string => `${at.region}/${at.service}`

/** As few as hold all places. */
function questions(places: readonly Place[]): Place[][] {
  const all: Place[][] = []
  let [services, characters] = [0, 0]
  for (const place of places) {
    const more = place.service.length + 3
    if (services === 0 || services === mostServices || characters + more > mostCharacters) {
      all.push([])
      ;[services, characters] = [0, 0]
    }
    all.at(-1)?.push(place)
    services += 1
    characters += more
  }
  return all
}

async function ask(source: Metrics, project: string, places: readonly Place[], window: MetricsWindow): Promise<[string, Found][]> {
  const [only, ...others] = places
  if (only && others.length === 0) return [[keyOf(only), await orError(source.counts(only, window))]]
  const together = await orError(source.projectCounts(project, window, [...new Set(places.map((p) => p.service))]))
  if (!(together instanceof DriverError)) return places.map((p) => [keyOf(p), revisionsOf(together, p)])
  if (together.kind !== 'failed') return places.map((p) => [keyOf(p), together])
  const alone: [string, Found][] = []
  for (const p of places) alone.push([keyOf(p), await orError(source.counts(p, window))])
  return alone
}

const revisionsOf = (all: readonly ServiceCounts[], p: Place): RevisionCounts[] => all.find((s) => keyOf(s) === keyOf(p))?.revisions ?? []

async function orError<T>(answer: Promise<T>): Promise<T | DriverError> {
  try {
    return await answer
  } catch (e) {
    if (e instanceof DriverError) return e
    throw e
  }
}
