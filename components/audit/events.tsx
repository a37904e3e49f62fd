'use client'
import Link from 'next/link'
import { actorText } from '#components/audit/actor.ts'
import { foldEvents, type LogLine } from '#components/audit/fold.ts'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { Log, type LogItem } from '#components/ui/log.tsx'
import { Section } from '#components/ui/section.tsx'
import { type AuditEvent, listAudit } from '#lib/audit/contract.ts'

const logItem = (e: AuditEvent) => ({ key: e.id, at: e.at, by: actorText(e), text: <>{e.message}{e.reason && !e.message.includes(e.reason) && <span className="t2"> “{e.reason}”</span>}</> })

const foldedItem = (l: LogLine): LogItem => ({ key: l.key, at: l.at, by: l.by, text: <>{l.text}{l.reason && <span className="t2"> “{l.reason}”</span>}</>, rows: l.rows.map((e) => logItem(e)) })

/** What happened to one thing: a view of the audit log, with a write and its reading back in one line that opens. */
export function Events({ subject, title = 'Events', limit = 40 }: { subject: string; title?: string; limit?: number }) {
  const read = useLiveQuery(listAudit, { subject, limit })
  const items = read.data?.items
  return (
    <Section title={title} end={<Link className="rows small t2" href={`/audit?subject=${encodeURIComponent(subject)}`}>Open in audit</Link>}>
      {items ? items.length > 0 ? <Log items={foldEvents(items).map(foldedItem)} /> : <Empty>Nothing was recorded yet.</Empty> : read.error ? <Unreadable read={read} /> : <Skeleton />}
    </Section>
  )
}
