'use client'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { streamStatus } from '#components/live/stream-status.ts'
import { concerns, isAbout, isLiveEvent, type LiveEvent } from '#components/live/topics.ts'
import { Strip } from '#components/ui/strip.tsx'

function parse(data: string): LiveEvent | null {
  try {
    const said: unknown = JSON.parse(data)
    return isLiveEvent(said) ? said : null
  } catch {
    // Not an event of ours (a proxy's page, a cut line): the next poll shows what it would have said.
    return null
  }
}

/** The events of one commit arrive within this. */
const gatherMs = 5
/** In a burst everything shown is read again at most this often. */
const burstEveryMs = 80

/** Gathers the events of a moment, so that a burst re-reads each answer once; the first after a quiet time is shown at once. */
function createReader(client: QueryClient) {
  let waiting: LiveEvent[] = []
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
  return {
    take(e: LiveEvent) {
      waiting.push(e)
      timer ??= setTimeout(() => void flush(), Math.max(gatherMs, flushedAtMs + burstEveryMs - performance.now()))
    },
    stop() {
      clearTimeout(timer)
    },
  }
}

const reopenAfterMs = 5_000
/** What is no older when the stream first opens is not read again: little can have been missed. */
const freshMs = 2_000

/** The one stream of this tab. After a gap everything shown is read again, since events during it are lost. */
function useStream(): void {
  const client = useQueryClient()
  useEffect(() => {
    const reader = createReader(client)
    let source: EventSource
    let again: ReturnType<typeof setTimeout> | undefined
    let hadGap = false
    const open = () => {
      source = new EventSource('/api/events')
      source.onopen = () => {
        streamStatus.set(true)
        const missedSinceMs = hadGap ? Infinity : Date.now() - freshMs
        void client.invalidateQueries({ predicate: (q) => q.state.dataUpdatedAt < missedSinceMs })
        hadGap = false
      }
      source.onerror = () => {
        hadGap = true
        streamStatus.set(false)
        // The browser tries a broken line again, but gives up for good on an answer that is no stream, as a proxy gives while the server restarts.
        if (source.readyState === EventSource.CLOSED) again = setTimeout(open, reopenAfterMs)
      }
      source.onmessage = (m: MessageEvent<string>) => {
        const e = parse(m.data)
        if (e) reader.take(e)
      }
    }
    open()
    return () => {
      clearTimeout(again)
      reader.stop()
      source.close()
      streamStatus.close()
    }
  }, [client])
}

const quiet = { connected: true, cutLong: false }

export function LiveEvents() {
  useStream()
  const status = useSyncExternalStore(streamStatus.subscribe, streamStatus.get, () => quiet)
  if (!status.cutLong) return null
  return <Strip kind="stale" word="Not connected">Live updates stopped. What is shown is read again every 3 s while something moves, every 30 s else.</Strip>
}
