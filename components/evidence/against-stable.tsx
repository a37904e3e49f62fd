'use client'
import dynamic from 'next/dynamic'
import { latencyRows } from '#components/evidence/rows.ts'
import { mostDrawn, wayText } from '#components/evidence/way.ts'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Charted } from '#components/metrics/charted.tsx'
import { plotHeightPx } from '#components/metrics/plot.ts'
import { capital, countText, rateText } from '#components/ui/format.ts'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { At } from '#components/ui/time.tsx'
import { type ComparedRule, looksAtMost, type RolloutEvidence, viewEvidence } from '#lib/evidence/contract.ts'
import { isEnd } from '#lib/rollouts/state.ts'

// The drawing library is large, and many look only at the head of the page.
const EvidenceChart = dynamic(() => import('#components/evidence/evidence-chart.tsx').then((m) => m.EvidenceChart), { ssr: false })
const LatencyOverlay = dynamic(() => import('#components/evidence/latency-overlay.tsx').then((m) => m.LatencyOverlay), { ssr: false })

/** What the comparisons of a rollout rest on: evidence on its way to the line, and both arms' latencies over each other. */
export function AgainstStable({ rollout }: { rollout: string }) {
  const read = useLiveQuery(viewEvidence, { id: rollout })
  return (
    <Section title="Against stable" note="as often looked at as you like: chance is counted in" busy={read.isFetching && !read.data} end={read.data?.to && <Stamp asOf={read.data.to} prefix="requests to" />}>
      {read.data ? <Shown evidence={read.data} /> : read.error ? <Unreadable read={read} /> : <p className="t3" role="status">Reading the evidence.</p>}
    </Section>
  )
}

function Shown({ evidence: e }: { evidence: RolloutEvidence }) {
  if (e.to === null) return <p className="t2">{isEnd(e.state) ? 'Nothing was compared: it had no whole sample while both got traffic, after any warm-up.' : 'Nothing is counted yet: the first whole sample after traffic moved, and after any warm-up, is waited for.'}</p>
  return (
    <div className="evidence">
      {e.rules.map((rule) => rule.points.every((p) => p.evidence === null) ? <p key={rule.name} className="t2">{rule.name}: nothing can be said after {countText(rule.points.length)} {rule.points.length === 1 ? 'look' : 'looks'}; the rule says why.</p> : <OneRule key={rule.name} rule={rule} />)}
      {e.latency && <Latency latency={e.latency} />}
    </div>
  )
}

/** As far as the picture reaches: below nothing, and far beyond the line, the exact figure tells nothing. */
const evidenceText = (evidence: number | null): string => (evidence === null ? 'no data' : evidence > mostDrawn ? `over ${100 * mostDrawn}%` : evidence < 0 ? 'below 0%' : `${Math.round(evidence * 100)}%`)

function OneRule({ rule }: { rule: ComparedRule }) {
  const last = rule.points.at(-1)?.evidence ?? null
  return (
    <Charted
      title={`Evidence against the candidate, ${rule.name}`}
      says={<><b>{capital(wayText(last))}</b> after {rule.points.length < looksAtMost ? countText(rule.points.length) : `more than ${countText(looksAtMost)}`} {rule.points.length === 1 ? 'look' : 'looks'}. A release no worse than stable ever crosses it in {rateText(rule.alpha)} of rollouts at most.</>}
      heightPx={plotHeightPx + 20}
      table={() => (
        <table className="tbl tight">
          <caption className="sr-only">Evidence of {rule.name} after each look, newest first</caption>
          <thead><tr><th scope="col">Requests to</th><th scope="col" className="num">Evidence, 100% decides</th></tr></thead>
          <tbody>{rule.points.toReversed().map((p) => <tr key={p.at}><th scope="row"><At iso={p.at} seconds /></th><td className="num">{evidenceText(p.evidence)}</td></tr>)}</tbody>
        </table>
      )}
    >
      <EvidenceChart rule={rule} />
    </Charted>
  )
}

function Latency({ latency }: { latency: NonNullable<RolloutEvidence['latency']> }) {
  const rows = latencyRows(latency)
  const sum = (arm: 'stableCount' | 'candidateCount') => countText(rows.reduce((n, r) => n + r[arm], 0))
  if (rows.length === 0) return null
  return (
    <Charted
      title="Latency of both arms, over each other"
      says={<>Part of each arm's own requests by how long they took: {sum('candidateCount')} of the candidate, {sum('stableCount')} of stable.</>}
      heightPx={plotHeightPx + 20}
      table={() => (
        <table className="tbl tight">
          <caption className="sr-only">Requests of both arms by latency</caption>
          <thead><tr><th scope="col">Up to</th><th scope="col" className="num"><span className="arm">stable</span></th><th scope="col" className="num"><span className="arm ca">candidate</span></th></tr></thead>
          <tbody>{rows.map((r) => <tr key={r.label}><th scope="row">{r.label}</th><td className="num">{rateText(r.stable)} <small>{countText(r.stableCount)}</small></td><td className="num">{rateText(r.candidate)} <small>{countText(r.candidateCount)}</small></td></tr>)}</tbody>
        </table>
      )}
    >
      <LatencyOverlay rows={rows} />
    </Charted>
  )
}
