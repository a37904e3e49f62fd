'use client'
import Link from 'next/link'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { Log } from '#components/ui/log.tsx'
import { Section } from '#components/ui/section.tsx'
import { type AuditEvent, listAudit } from '#lib/audit/contract.ts'

/** `placed` puts the application first, for lists of many. */
export const logItem = (e: AuditEvent, placed: boolean) => ({ key: e.id, at: e.at, by: e.actor.name, text: <>{placed && e.chain !== '-' && <b>{e.chain}: </b>}{e.message}{e.reason && !e.message.includes(e.reason) && <span className="t2"> “{e.reason}”</span>}</> })

/** What happened to one thing: a view of the audit log. */
export function Events({ subject, title = 'Events', limit = 40 }: { subject: string; title?: string; limit?: number }) {
  const read = useLiveQuery(listAudit, { subject, limit })
  const items = read.data?.items
  return (
    <Section title={title} end={<Link className="rows small t2" href={`/audit?subject=${encodeURIComponent(subject)}`}>Open in audit</Link>}>
      {items ? items.length > 0 ? <Log items={items.map((e) => logItem(e, false))} /> : <Empty>Nothing was recorded yet.</Empty> : read.error ? <Unreadable read={read} /> : <Skeleton />}
    </Section>
  )
}
