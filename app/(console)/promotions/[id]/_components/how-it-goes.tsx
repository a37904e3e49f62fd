import { stepText } from '#components/rollouts/step-text.ts'
import { Facts } from '#components/ui/facts.tsx'
import { durationText } from '#components/ui/format.ts'
import { Section } from '#components/ui/section.tsx'
import type { PromotionPlan, TargetPlan } from '#lib/promotions/contract.ts'

const TargetSteps = ({ t }: { t: TargetPlan }) => (
  <div>
    <h3>{t.service} <span className="t3">strategy {t.strategy}</span></h3>
    <ol className="list-decimal pl-5 t2">{t.steps.map((s, i) => <li key={`${s.kind} ${i}`}>{stepText(t.steps, i, null)}</li>)}</ol>
    {t.traffic.length > 0 && (
      <>
        <p className="small t2 hd">Traffic writes, in order</p>
        <ol className="list-decimal pl-5 small t2">{t.traffic.map((line) => <li key={line}>{line}</li>)}</ol>
      </>
    )}
    <Facts items={t.notes.map((n) => ({ key: n, kind: 'held', word: 'Note', text: n }))} />
  </div>
)

/** The plan of each service in its order, with the writes in words and the shortest time it takes. */
export function HowItGoes({ plan }: { plan: PromotionPlan }) {
  if (plan.targets.length === 0) return null
  const order = [...plan.targets].sort((a, b) => a.group - b.group)
  const groups = new Set(order.map((t) => t.group)).size
  return (
    <Section title="How it will go" note={groups > 1 ? `${order.map((t) => t.service).join(', then ')}; back in reverse` : undefined} end={<span className="asof">at least {durationText(plan.forecast.minimumSeconds * 1000)}</span>}>
      <p className="t2">{plan.forecast.text}</p>
      <div className="mt grid gap-4 md:grid-cols-2">{order.map((t) => <TargetSteps key={t.target} t={t} />)}</div>
    </Section>
  )
}
