'use client'
import { clsx } from 'clsx'
import Link from 'next/link'
import { StaleStrip, useAge } from '#components/live/age.tsx'
import { Unread } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { ApplicationMark } from '#components/shell/nav-links.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { listApplications } from '#lib/applications/contract.ts'

export function ApplicationsScreen() {
  const read = useLiveQuery(listApplications, {})
  const age = useAge(read)
  if (!read.data) return <Unread read={read} title="Applications" />
  const items = read.data.items
  return (
    <>
      <Bar crumbs={[{ text: 'Applications' }]} end={<Stamp asOf={age.asOf} live stale={age.stale} />} />
      <Head title="Applications"><p>{items.length} applied from blueprints.</p></Head>
      <StaleStrip age={age}>What is in order here may not be any more.</StaleStrip>
      <section className={clsx('sec', age.stale && 'is-stale')} aria-label="Applications">
        {items.length === 0 ? <Empty>No application yet. An admin applies a blueprint by the API: POST /api/v1/blueprints/apply.</Empty> : (
          <table className="tbl stack">
            <thead><tr><th scope="col">Application</th><th scope="col">Owner</th><th scope="col">Services</th><th scope="col">Environments</th><th scope="col">State</th></tr></thead>
            <tbody>
              {items.map((a) => (
                <tr key={a.slug}>
                  <th scope="row"><Link className="link b" href={`/applications/${a.slug}`}>{a.title}</Link></th>
                  <td className="t2">{a.owner}</td>
                  <td className="t2">{a.services.map((s) => s.slug).join(', ')}</td>
                  <td className="t2">{a.environments.map((e) => e.slug).join(' → ')}</td>
                  <td>{a.retiredAt ? <span className="t3">retired</span> : (ApplicationMark({ application: a }) ?? <span className="t3">as intended</span>)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  )
}
