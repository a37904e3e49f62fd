import { verdictMark, verdictOrder } from '#components/rollouts/state.tsx'
import { wayText } from '#components/evidence/way.ts'
import { countText, durationText, millisText, rateText } from '#components/ui/format.ts'
import { Mark } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { At } from '#components/ui/time.tsx'
import { titleOf } from '#lib/metrics/title.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import type { Rule, RuleVerdict } from '#lib/rollouts/schema.ts'

const modeWords = { watch: 'watch only', ask: 'ask a person', rollback: 'roll back' } as const
const metricWords = { error_rate: 'error rate', latency: 'latency', latency_p50: 'p50', latency_p95: 'p95', latency_p99: 'p99' } as const
/** What the rule looks at, in a line below its name. */
const aboutText = (rule: Rule): string => (rule.kind === 'threshold' ? `threshold, ${metricWords[rule.metric]}, last ${durationText(rule.overMs)}` : `${metricWords[rule.metric]} against stable, since traffic moved`)
const failsText = (rule: Rule): string => (rule.kind === 'threshold' ? `above ${valueText(rule, rule.max)}, at least ${countText(rule.minRequests)} requests` : `worse than stable, beyond chance; a bake ends on it from ${countText(rule.minRequests)} requests on`)

const valueText = (rule: Rule | undefined, value: number | null): string => {
  if (value === null) return 'no data'
  return rule?.metric === 'error_rate' ? rateText(value) : millisText(value)
}

/** How far what was gathered is on its way to the line where it decides. */
const EvidenceMeter = ({ evidence }: { evidence: number }) => (
  <span className="meter-row"><meter className="meter" min={0} max={1} value={Math.max(0, Math.min(1, evidence))} aria-label="Evidence against the candidate" /><small>{wayText(evidence)}</small></span>
)

function VerdictRow({ v, rule, source }: { v: RuleVerdict; rule: Rule | undefined; source: string | null }) {
  const compare = v.stable
  const [kind, word] = verdictMark(v)
  return (
    <tr>
      <th scope="row">{v.rule}{rule && <><br /><small>{aboutText(rule)}</small></>}</th>
      <td><Mark kind={kind}>{word}</Mark></td>
      <td className="num" data-k="stable">{compare ? valueText(rule, compare.value) : <span className="t3">–</span>}</td>
      <td className="num" data-k="candidate">{valueText(rule, v.value)}{v.requests !== null && <><br /><small>{v.errors !== null && rule?.metric === 'error_rate' ? `${countText(v.errors)} of ${countText(v.requests)}` : `${countText(v.requests)} requests`}</small></>}</td>
      <td>{v.evidence !== undefined && v.evidence !== null && <EvidenceMeter evidence={v.evidence} />}<small>{v.message}</small>{v.windowFrom && v.windowTo && <small className="block t3">Requests <At iso={v.windowFrom} seconds /> to <At iso={v.windowTo} seconds />{source !== null && <>, by {source}</>}{v.lagSeconds !== null && <>, judged {durationText(v.lagSeconds * 1000)} later</>}.{rule?.kind === 'compare' && v.method && <> Method: {v.method}.</>}</small>}{v.past && <small className="block t3">Judged until all traffic was the candidate’s.</small>}{v.forecastAt && v.limit !== null && <small> Enough by about <At iso={v.forecastAt} />.</small>}</td>
      <td className="t2 nw" data-k="on fail">{modeWords[v.mode]}</td>
    </tr>
  )
}

/** Measured rules, undecided and failing first; rules that were not judged yet stay listed. */
export function Rules({ rollout: r }: { rollout: RolloutView }) {
  const rules = r.plan.analysis.rules
  if (rules.length === 0) return r.steps.some((s) => s.plan.kind === 'bake') ? <Section title="Rules"><p className="t2">No rule is set: a bake here is time alone.</p></Section> : null
  const latest = rules.flatMap((rule) => r.verdicts.filter((v) => v.rule === rule.name).sort((a, b) => a.at.localeCompare(b.at)).slice(-1))
  const sorted = latest.toSorted((a, b) => verdictOrder(a) - verdictOrder(b))
  const words = Object.entries(Object.groupBy(sorted, (v) => verdictMark(v)[1]))
  const unjudged = rules.filter((rule) => !latest.some((v) => v.rule === rule.name))
  const asOf = latest.map((v) => v.at).sort().at(-1) ?? null
  return (
    <Section title="Rules" note={latest.length > 0 ? words.map(([word, of]) => `${of?.length ?? 0} ${word.toLowerCase()}`).join(', ') : 'not judged yet'} end={asOf && <Stamp asOf={asOf} />}>
      <table className="tbl rules stack">
        <thead><tr><th scope="col">Rule</th><th scope="col">Verdict</th><th scope="col" className="num">Stable</th><th scope="col" className="num">Candidate</th><th scope="col">What decides</th><th scope="col">On fail</th></tr></thead>
        <tbody>
          {sorted.map((v) => <VerdictRow key={v.rule} v={v} rule={rules.find((x) => x.name === v.rule)} source={r.plan.metrics && titleOf(r.plan.metrics)} />)}
          {unjudged.map((rule) => <tr key={rule.name}><th scope="row">{rule.name}<br /><small>{aboutText(rule)}</small></th><td><Mark kind="todo">Not judged yet</Mark></td><td /><td /><td><small>{failsText(rule)}</small></td><td className="t2 nw" data-k="on fail">{modeWords[rule.mode]}</td></tr>)}
        </tbody>
      </table>
    </Section>
  )
}
