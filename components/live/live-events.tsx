'use client'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { streamStatus } from '#components/live/stream-status.ts'
import { concerns, LiveEvent } from '#components/live/topics.ts'
import { Strip } from '#components/ui/strip.tsx'

function parse(data: string): LiveEvent | null {
  try {
    return LiveEvent.safeParse(JSON.parse(data)).data ?? null
  } catch {
    // Not an event of ours (a proxy's page, a cut line): the next poll shows what it would have said.
    return null
  }
}

/** Gathers the events of a moment, so that a burst re-reads each answer once. */
function createReader(client: QueryClient) {
  let waiting: LiveEvent[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    const batch = waiting
    waiting = []
    timer = undefined
    void client.invalidateQueries({ predicate: (q) => batch.some((e) => concerns(e, q.queryKey, q.state.data)) })
  }
  return {
    take(e: LiveEvent) {
      waiting.push(e)
      timer ??= setTimeout(flush, 80)
    },
    stop() {
      clearTimeout(timer)
    },
  }
}

/** The one stream of this tab. After a gap everything shown is read again, since events during it are lost. */
function useStream(): void {
  const client = useQueryClient()
  useEffect(() => {
    const reader = createReader(client)
    const source = new EventSource('/api/events')
    let hadGap = false
    source.onopen = () => {
      streamStatus.set(true)
      if (hadGap) void client.invalidateQueries()
      hadGap = false
    }
    source.onerror = () => {
      hadGap = true
      streamStatus.set(false)
    }
    source.onmessage = (m: MessageEvent<string>) => {
      const e = parse(m.data)
      if (e) reader.take(e)
    }
    return () => {
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
