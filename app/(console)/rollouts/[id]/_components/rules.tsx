import { verdictWords } from '#components/rollouts/state.tsx'
import { countText, durationText, millisText, rateText } from '#components/ui/format.ts'
import { Mark } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { At } from '#components/ui/time.tsx'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import type { Rule, RuleVerdict } from '#lib/rollouts/schema.ts'

const modeWords = { watch: 'watch only', ask: 'ask a person', rollback: 'roll back' } as const
const order = ['fail', 'error', 'inconclusive', 'pass'] as const
const metricWords = { error_rate: 'error rate', latency_p50: 'p50', latency_p95: 'p95', latency_p99: 'p99' } as const

const valueText = (rule: Rule | undefined, value: number | null): string => {
  if (value === null) return 'no data'
  return rule?.metric === 'error_rate' ? rateText(value) : millisText(value)
}

function VerdictRow({ v, rule }: { v: RuleVerdict; rule: Rule | undefined }) {
  const compare = v.stable
  return (
    <tr>
      <th scope="row">{v.rule}{rule && <><br /><small>{rule.kind}, {metricWords[rule.metric]}, last {durationText(rule.overMs)}</small></>}</th>
      <td><Mark kind={v.verdict}>{verdictWords[v.verdict]}</Mark></td>
      <td className="num" data-k="stable">{compare ? valueText(rule, compare.value) : <span className="t3">–</span>}</td>
      <td className="num" data-k="candidate">{valueText(rule, v.value)}{v.requests !== null && <><br /><small>{v.errors !== null && rule?.metric === 'error_rate' ? `${countText(v.errors)} of ${countText(v.requests)}` : `${countText(v.requests)} requests`}</small></>}</td>
      <td><small>{v.message}</small>{v.forecastAt && <small> Enough by about <At iso={v.forecastAt} />.</small>}</td>
      <td className="t2 nw" data-k="on fail">{modeWords[v.mode]}</td>
    </tr>
  )
}

/** Measured rules, undecided and failing first; rules that were not judged yet stay listed. */
export function Rules({ rollout: r }: { rollout: RolloutView }) {
  const rules = r.plan.analysis.rules
  if (rules.length === 0) return r.steps.some((s) => s.plan.kind === 'bake') ? <Section title="Rules"><p className="t2">No rule is set: a bake here is time alone.</p></Section> : null
  const latest = rules.flatMap((rule) => r.verdicts.filter((v) => v.rule === rule.name).sort((a, b) => a.at.localeCompare(b.at)).slice(-1))
  const sorted = order.flatMap((o) => latest.filter((v) => v.verdict === o))
  const unjudged = rules.filter((rule) => !latest.some((v) => v.rule === rule.name))
  const asOf = latest.map((v) => v.at).sort().at(-1) ?? null
  return (
    <Section title="Rules" note={latest.length > 0 ? order.flatMap((o) => { const n = latest.filter((v) => v.verdict === o).length; return n > 0 ? [`${n} ${verdictWords[o].toLowerCase()}`] : [] }).join(', ') : 'not judged yet'} end={asOf && <Stamp asOf={asOf} />}>
      <table className="tbl rules stack">
        <thead><tr><th scope="col">Rule</th><th scope="col">Verdict</th><th scope="col" className="num">Stable</th><th scope="col" className="num">Candidate</th><th scope="col">What decides</th><th scope="col">On fail</th></tr></thead>
        <tbody>
          {sorted.map((v) => <VerdictRow key={v.rule} v={v} rule={rules.find((x) => x.name === v.rule)} />)}
          {unjudged.map((rule) => <tr key={rule.name}><th scope="row">{rule.name}<br /><small>{rule.kind}, {metricWords[rule.metric]}, last {durationText(rule.overMs)}</small></th><td><Mark kind="todo">Not judged yet</Mark></td><td /><td /><td><small>above {valueText(rule, rule.max)}, at least {countText(rule.minRequests)} requests</small></td><td className="t2 nw" data-k="on fail">{modeWords[rule.mode]}</td></tr>)}
        </tbody>
      </table>
    </Section>
  )
}
