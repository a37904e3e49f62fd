'use client'
import type { ReactNode } from 'react'
import type { z } from 'zod'
import type { Filters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { ReadNow } from '#components/live/read-now.tsx'
import { readLimitSeconds, useStale } from '#components/live/use-stale.ts'
import { type Column, DataTable } from '#components/table/data-table.tsx'
import { MoreRows } from '#components/table/more-rows.tsx'
import { usePages } from '#components/table/use-pages.ts'
import { useServerIso } from '#components/ui/clock.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import type { Endpoint, Input } from '#lib/platform/endpoint.ts'

type Props<I extends z.ZodType, T> = {
  label: string
  endpoint: Endpoint<I, z.ZodType<{ items: T[]; nextCursor: string | null }>>
  input: Input<Endpoint<I, z.ZodType>>
  filters: Filters
  /** What the server sorts by when nothing is chosen. */
  sorted: string
  columns: readonly Column<T>[]
  top?: boolean
  /** Why there may be no row, and what makes one. */
  empty: ReactNode
}

/** A list screen's table: live, sorted and paged by the server, with its empty, loading and failing states. */
export function ListTable<I extends z.ZodType, T extends { id: string }>({ label, endpoint, input, filters, sorted, columns, top, empty }: Props<I, T>) {
  const { read, rows } = usePages(endpoint, input)
  const asOf = useServerIso(read.dataUpdatedAt)
  const stale = useStale(asOf, readLimitSeconds.quiet)
  if (!rows) return read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />
  const age = <>{stale && <ReadNow />}<Stamp asOf={asOf} stale={stale} /></>
  if (rows.length === 0) return <><Empty>{empty}</Empty><p className="row-f small">{age}</p></>
  return (
    <div className={stale ? 'is-stale' : undefined}>
      <DataTable label={label} columns={columns} rows={rows} keyOf={(r) => r.id} sorting={{ filters, sorted }} isPart={read.hasNextPage} {...(top && { top })} />
      <MoreRows read={read} shown={rows.length} end={age} />
    </div>
  )
}
