import Link from 'next/link'
import { useState } from 'react'
import { rolloutMark } from '#components/rollouts/state.tsx'
import { Button } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Digest, RevisionName } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { At } from '#components/ui/time.tsx'
import type { RevisionView, TargetView } from '#lib/targets/contract.ts'

function Record({ r }: { r: RevisionView }) {
  return (
    <>
      {!r.ready && <><Mark kind="fail">Not ready</Mark> {r.message && <small>{r.message} </small>}</>}
      {r.proven === 'proven' && <Mark kind="pass">Proven</Mark>}
      {r.proven === 'observed' && <Mark kind="inconclusive">Observed</Mark>}
      {r.outcome && r.outcome !== 'succeeded' && <small className="block">{rolloutMark(r.outcome)[1].toLowerCase()}</small>}
      {r.ready && r.proven === null && !r.outcome && <span className="t3">never held 100%</span>}
    </>
  )
}

const Tags = ({ tags }: { tags: RevisionView['tags'] }) => (
  <>{tags.map((tag, i) => <span key={tag.name} className="mono">{i > 0 && ', '}{tag.uri ? <a className="rows" href={tag.uri} rel="noreferrer">{tag.name}</a> : tag.name}</span>)}</>
)

/** The newest, and what has traffic or a tag whatever its age; the rest on demand. */
const shownAtFirst = 8
const matters = (r: RevisionView, i: number) => i < shownAtFirst || r.percent > 0 || r.tags.length > 0

/** What the provider keeps, newest first, with what is known of each. */
export function Revisions({ target: t, stale }: { target: TargetView; stale: boolean }) {
  const all = t.live?.revisions ?? []
  const [everything, setEverything] = useState(false)
  const first = all.filter(matters)
  const revisions = everything ? all : first
  const name = (v: string | undefined) => <>{v ?? <span className="t3">not made here</span>}</>
  return (
    <Section title="Revisions" note={revisions.length < all.length ? `${revisions.length} of ${all.length}` : `${all.length}`} stale={stale} end={<Stamp asOf={t.live?.asOf ?? null} stale={stale} />}>
      {revisions.length === 0 ? <Empty>{t.live ? 'No revision yet: the first release makes one.' : 'Live was not read yet.'}</Empty> : (
        <table className="tbl stack revs">
          <thead><tr><th scope="col">Revision</th><th scope="col">Version</th><th scope="col" className="num">Traffic</th><th scope="col">Tag</th><th scope="col">Record</th><th scope="col">Image</th><th scope="col" className="num">Made</th></tr></thead>
          <tbody>
            {revisions.map((r) => (
              <tr key={r.name}>
                <th scope="row"><RevisionName name={r.name} /></th>
                <td>{r.release ? <Link className="link b" href={`/releases/${r.release.id}`}>{r.release.version}</Link> : name(undefined)}</td>
                <td className={r.percent > 0 ? 'num b' : 'num t3'} data-k="traffic">{r.percent}%</td>
                <td>{r.tags.length > 0 ? <Tags tags={r.tags} /> : null}</td>
                <td><Record r={r} /></td>
                <td><Digest value={r.digest ?? r.image} /></td>
                <td className="num t2">{r.createdAt && <At iso={r.createdAt} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {first.length < all.length && <p className="mt"><Button small look="quiet" onPress={() => setEverything(!everything)}>{everything ? 'Show fewer' : `Show all ${all.length}`}</Button></p>}
    </Section>
  )
}
