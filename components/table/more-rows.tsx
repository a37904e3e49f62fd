'use client'
import { type ReactNode, useEffect, useRef } from 'react'
import { Button } from '#components/ui/button.tsx'
import { countText } from '#components/ui/format.ts'

type Read = { hasNextPage: boolean; isFetchingNextPage: boolean; isFetchNextPageError: boolean; fetchNextPage(): unknown }

/** The end of a list: reads on when it comes near the window, and by a button. A failed read waits for the button. */
export function MoreRows({ read, shown, end: note }: { read: Read; shown: number; end?: ReactNode }) {
  const end = useRef<HTMLDivElement>(null)
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = read
  useEffect(() => {
    if (!end.current || !hasNextPage || isFetchingNextPage || isFetchNextPageError) return
    const watch = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && fetchNextPage(), { rootMargin: '240px' })
    watch.observe(end.current)
    return () => watch.disconnect()
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage])
  return (
    <div ref={end} className="row-f mt small t2">
      <span role="status">{hasNextPage ? `${countText(shown)} rows shown` : `${countText(shown)} ${shown === 1 ? 'row' : 'rows'}, all that fit`}</span>
      {hasNextPage && <Button small onPress={() => void fetchNextPage()} requested={isFetchingNextPage ? 'Reading' : undefined}>{isFetchNextPageError ? 'Could not read; read more again' : 'Read more'}</Button>}
      {note}
    </div>
  )
}
