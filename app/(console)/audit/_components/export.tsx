'use client'
import type { Filters } from '#components/live/list-screen.tsx'
import { exportAudit } from '#lib/audit/contract.ts'

const names = ['application', 'subject', 'actor', 'verb', 'sort'] as const

/** The rows that these filters leave, all of them and not only those shown, as a file. */
export function Export({ filters }: { filters: Filters }) {
  const address = (format: 'csv' | 'json') => {
    const query = new URLSearchParams({ format })
    for (const name of names) {
      const value = filters.get(name)
      if (value) query.set(name, value)
    }
    return `${exportAudit.path}?${query}`
  }
  return (
    <span className="row-f" role="group" aria-label="Export the filtered log">
      <a className="btn" href={address('csv')} download>Export CSV</a>
      <a className="btn" href={address('json')} download>Export JSON</a>
    </span>
  )
}
