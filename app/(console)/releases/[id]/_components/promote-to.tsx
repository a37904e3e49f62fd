'use client'
import Link from 'next/link'
import { useState } from 'react'
import { useMay } from '#components/access/use-may.ts'
import { PromotionMark } from '#components/promotions/state.tsx'
import { GatedButton } from '#components/ui/button.tsx'
import { Flag } from '#components/ui/flag.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { later } from '#components/ui/later.tsx'
import type { Why } from '#components/ui/reasons.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { ApplicationView } from '#lib/applications/contract.ts'
import { openPromotionStates } from '#lib/promotions/state.ts'
import type { ReleaseView } from '#lib/releases/contract.ts'

const PromoteDialog = later(() => import('#components/promotions/promote-dialog.tsx').then((m) => m.PromoteDialog))

type Environment = ApplicationView['environments'][number]

/** Targets that refuse this release until a person lifts their hold. */
const heldIn = (r: ReleaseView, e: Environment) => e.targets.filter((t) => r.artifacts.some((a) => a.service === t.service && t.hold?.digests.includes(a.digest)))
const onHold = (r: ReleaseView, e: Environment) => heldIn(r, e).map((t) => ({ message: `Refused by the hold on ${t.service}`, who: 'who may approve or override, by lifting it there,' }))

function Where({ release: r, environment }: { release: ReleaseView; environment: Environment }) {
  const here = r.where.filter((w) => w.environment === environment.slug && w.percent > 0)
  if (here.length === 0) return <span className="t3">not live here</span>
  return <>{here.map((w) => <span className="block" key={w.revision}><Link className="rows" href={`/targets/${w.target}`}>{w.service}</Link> {w.percent}% on <RevisionName name={w.revision} short /></span>)}</>
}

const notActive = (r: ReleaseView) => (r.state === 'active' ? [] : [{ message: `It is ${r.state}: no start ships it` }])

const lastOf = (r: ReleaseView, e: Environment) => r.promotions.filter((p) => p.environment === e.slug).sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]
const isOpen = (p: ReleaseView['promotions'][number] | undefined) => openPromotionStates.some((s) => s === p?.state)

/** One row per environment, in the order of the pipeline: where it is, the last request, and the way to ask for one. */
export function PromoteTo({ release: r, environments, closed }: { release: ReleaseView; environments: readonly Environment[]; closed: readonly Why[] }) {
  const may = [...closed, ...useMay(['propose'], r)]
  const [into, setInto] = useState<string | null>(null)
  const free = may.length > 0 || r.state !== 'active' ? [] : environments.filter((e) => !isOpen(lastOf(r, e)) && heldIn(r, e).length === 0)
  useHotkeys(free.map((e, i) => ({ keys: `P ${i + 1}`, label: `Promote ${r.version} to ${e.slug}…`, run: () => setInto(e.slug), asksAs: `promote-${e.slug}` })))
  return (
    <>
      <table className="tbl stack">
        <thead><tr><th scope="col">Environment</th><th scope="col">Live</th><th scope="col">Last promotion</th><th scope="col"><span className="sr-only">Promote</span></th></tr></thead>
        <tbody>
          {environments.map((e) => {
            const last = lastOf(r, e)
            const open = last && isOpen(last)
            return (
              <tr key={e.slug}>
                <th scope="row" className="b">{e.slug}</th>
                <td><Where release={r} environment={e} />{heldIn(r, e).map((t) => <Link key={t.id} className="rows block" href={`/targets/${t.id}`}><Flag icon="hold" ask>On hold for {t.service}</Flag></Link>)}</td>
                <td>{last ? <Link className="rows" href={`/promotions/${last.id}`}><PromotionMark state={last.state} /> <span className="t3 small"><Ago iso={last.createdAt} /></span></Link> : <span className="t3">none</span>}</td>
                <td className="num">{open ? <Link className="btn" href={`/promotions/${last.id}`}>Open the promotion</Link> : <GatedButton icon="promote" reasons={[...notActive(r), ...onHold(r, e), ...may]} onPress={() => setInto(e.slug)}>Promote to {e.slug}…</GatedButton>}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {into && <PromoteDialog release={r} environment={into} onClose={() => setInto(null)} />}
    </>
  )
}
