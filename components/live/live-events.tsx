'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { createReader } from '#components/live/reader.ts'
import { streamStatus } from '#components/live/stream-status.ts'
import { isLiveEvent, type LiveEvent } from '#components/live/topics.ts'
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
