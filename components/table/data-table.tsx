'use client'
import { clsx } from 'clsx'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Filters } from '#components/live/list-screen.tsx'
import { useWindowedRows } from '#components/table/use-windowed-rows.ts'

export type Column<T> = {
  id: string
  head: string
  cell: (row: T) => ReactNode
  /** Names its row to a screen reader. One per table. */
  isRowHeader?: boolean
  /** Figures and times stand right. */
  num?: boolean
  /** Of the cells. `line`: a line of its own on a phone, where the others stand side by side. */
  className?: string
  /** Of the head, for a width. */
  headClass?: string
  /** The list's own field to sort by; `down` when the first press should sort descending. */
  sort?: { field: string; down?: boolean }
}

type Props<T> = {
  /** What the rows are, for the table's accessible name. */
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  keyOf: (row: T) => string
  top?: boolean
  /** With filters the heads sort; `sorted` is what the server sorts by without a choice. */
  sorting?: { filters: Filters; sorted: string }
  /** There are more rows than these on the server. */
  isPart?: boolean
}

/** A table of server rows: sorts by the address, draws only the rows near the window once there are many, folds into a few lines a row on a phone. */
export function DataTable<T>({ label, columns, rows, keyOf, top = false, sorting, isPart = false }: Props<T>) {
  const { body, before, shown, after, measure } = useWindowedRows(rows.length)
  return (
    <table className={clsx('tbl stack folds', top && 'top')} aria-label={label} aria-rowcount={isPart ? -1 : rows.length + 1}>
      <thead><tr>{columns.map((c) => <Head key={c.id} column={c} sorting={sorting} />)}</tr></thead>
      <tbody ref={body}>
        {before > 0 && <tr aria-hidden="true" style={{ height: before }} />}
        {shown.map((i) => {
          const row = rows[i]
          return row === undefined ? null : <tr key={keyOf(row)} ref={measure} data-index={i} aria-rowindex={i + 2}>{columns.map((c) => <Cell key={c.id} column={c} row={row} />)}</tr>
        })}
        {after > 0 && <tr aria-hidden="true" style={{ height: after }} />}
      </tbody>
    </table>
  )
}

function Head<T>({ column: c, sorting }: { column: Column<T>; sorting: Props<T>['sorting'] }) {
  const className = clsx(c.num && 'num', c.headClass) || undefined
  if (!sorting || !c.sort) return <th scope="col" className={className}>{c.head}</th>
  const { field, down = false } = c.sort
  const now = sorting.filters.get('sort') ?? sorting.sorted
  const isUp = now === field
  const isDown = now === `-${field}`
  const next = isUp ? `-${field}` : isDown ? field : down ? `-${field}` : field
  return (
    <th scope="col" className={className} aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}>
      <Link className="sort" href={sorting.filters.href({ sort: next === sorting.sorted ? undefined : next })} scroll={false} replace>{c.head}<span aria-hidden="true" className="dir">{isUp ? '↑' : isDown ? '↓' : ''}</span></Link>
    </th>
  )
}

function Cell<T>({ column: c, row }: { column: Column<T>; row: T }) {
  const className = clsx(c.num && 'num', c.className) || undefined
  return c.isRowHeader ? <th scope="row" className={className}>{c.cell(row)}</th> : <td className={className}>{c.cell(row)}</td>
}
