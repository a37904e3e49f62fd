import type { Query, QueryClient } from '@tanstack/react-query'
import { concerns, isAbout, type LiveEvent } from '#components/live/topics.ts'

/** The events of one commit arrive within this. */
const gatherMs = 5
/** In a burst everything shown is read again at most this often. */
const burstEveryMs = 80
/** An answer that is shown only now may have been read before an event that was heard since: a page takes this long to come at most. */
const remembersMs = 10_000
/** Lists have no version to tell by: they are read again only for what was heard just now. */
const justNowMs = 2_000

/**
 * Reads again what events are about. Gathers those of a moment, so that a burst re-reads each answer once; the first
 * after a quiet time is shown at once.
 */
export function createReader(client: QueryClient) {
  let waiting: LiveEvent[] = []
  let heard: { event: LiveEvent; atMs: number }[] = []
  let flushedAtMs = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = async () => {
    const batch = waiting
    waiting = []
    timer = undefined
    flushedAtMs = performance.now()
    const read = (itself: boolean) => client.invalidateQueries({ predicate: (q) => batch.some((e) => isAbout(e, q.queryKey) === itself && concerns(e, q.queryKey, q.state.data)) })
    // The thing itself first: the lists that quote it would take its turn at the server. They wait no longer than a burst does.
    await Promise.race([read(true), new Promise((late) => setTimeout(late, burstEveryMs))])
    await read(false)
  }
  /** The next page was read by the server while its events came to the page before, which did not show it. */
  const catchUp = (q: Query) => {
    if (q.state.data === undefined || q.state.fetchStatus !== 'idle') return
    const nowMs = performance.now()
    const isMissed = heard.some(({ event: e, atMs }) => nowMs - atMs < (isAbout(e, q.queryKey) ? remembersMs : justNowMs) && concerns(e, q.queryKey, q.state.data))
    if (isMissed) void client.invalidateQueries({ queryKey: q.queryKey, exact: true })
  }
  const unsubscribe = client.getQueryCache().subscribe((said) => {
    // Not from within the draw that shows it.
    if (said.type === 'observerAdded' && said.query.getObserversCount() === 1) setTimeout(() => catchUp(said.query))
  })
  return {
    take(e: LiveEvent) {
      const nowMs = performance.now()
      heard = [...heard.filter((h) => nowMs - h.atMs < remembersMs), { event: e, atMs: nowMs }]
      waiting.push(e)
      timer ??= setTimeout(() => void flush(), Math.max(gatherMs, flushedAtMs + burstEveryMs - performance.now()))
    },
    stop() {
      unsubscribe()
      clearTimeout(timer)
    },
  }
}
