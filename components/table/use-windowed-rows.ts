'use client'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState } from 'react'

/** Up to here all rows are drawn: find-in-page, print and the first draw on the server have them all. */
const drawnAtMost = 100
const rowHeightPx = 33
const beyondWindow = 20

type Windowed = {
  body: React.RefObject<HTMLTableSectionElement | null>
  /** Pixels that stand for the rows left out. */
  before: number
  after: number
  /** Indexes of the rows to draw. */
  shown: readonly number[]
  measure: ((row: HTMLTableRowElement | null) => void) | undefined
}

/** Which of many rows to draw for where the window is scrolled to. Heights are measured, since rows wrap. */
export function useWindowedRows(count: number): Windowed {
  const body = useRef<HTMLTableSectionElement>(null)
  const [offset, setOffset] = useState(0)
  const isWindowed = count > drawnAtMost
  useLayoutEffect(() => {
    if (isWindowed && body.current) setOffset(body.current.getBoundingClientRect().top + window.scrollY)
  }, [isWindowed])
  // oxlint-disable-next-line react-hooks/incompatible-library -- the React Compiler is not on here, and what it returns goes no further than this hook
  const virtual = useWindowVirtualizer<HTMLTableRowElement>({ count, estimateSize: () => rowHeightPx, overscan: beyondWindow, scrollMargin: offset, enabled: isWindowed })
  if (!isWindowed) return { body, before: 0, after: 0, shown: Array.from({ length: count }, (_, i) => i), measure: undefined }
  const rows = virtual.getVirtualItems()
  return {
    body,
    before: Math.max(0, (rows.at(0)?.start ?? offset) - offset),
    after: Math.max(0, virtual.getTotalSize() - ((rows.at(-1)?.end ?? offset) - offset)),
    shown: rows.map((r) => r.index),
    measure: virtual.measureElement,
  }
}
