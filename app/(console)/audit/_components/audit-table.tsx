import type { Route } from 'next'
import Link from 'next/link'
import { At } from '#components/ui/time.tsx'
import type { AuditEvent } from '#lib/audit/contract.ts'

const pages: Readonly<Record<string, string>> = { rollout: 'rollouts', promotion: 'promotions', target: 'targets', release: 'releases', application: 'applications' }

function Subject({ subject }: { subject: AuditEvent['subject'] }) {
  const page = pages[subject.kind]
  return page ? <Link className="rows" href={`/${page}/${encodeURIComponent(subject.id)}` as Route}>{subject.kind}</Link> : <span>{subject.kind}</span>
}

export const AuditTable = ({ events }: { events: readonly AuditEvent[] }) => (
  <table className="tbl top stack">
    <thead><tr><th scope="col">When</th><th scope="col">Actor</th><th scope="col">Verb</th><th scope="col">Subject</th><th scope="col">What</th><th scope="col" className="num">Row</th></tr></thead>
    <tbody>
      {events.map((e) => (
        <tr key={e.id}>
          <td className="nw t2"><At iso={e.at} seconds /></td>
          <td>{e.actor.name}{e.actor.kind !== 'person' && <small> {e.actor.kind}</small>}</td>
          <td className="mono nw t2">{e.verb}</td>
          <td><Subject subject={e.subject} /></td>
          <td>{e.message}{e.reason && !e.message.includes(e.reason) && <span className="t2"> “{e.reason}”</span>}</td>
          <td className="num t3" title={`hash ${e.hash}`}>{e.chain} {e.seq}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
