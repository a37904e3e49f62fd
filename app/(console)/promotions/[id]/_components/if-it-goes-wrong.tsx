import { Mark, MarkOnly } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import type { PromotionPlan } from '#lib/promotions/contract.ts'

/** The way back of each service, known before it is needed. */
export function IfItGoesWrong({ plan }: { plan: PromotionPlan }) {
  if (plan.rollback.length === 0) return null
  const all = plan.rollback.every((r) => r.ready)
  return (
    <Section title="If it goes wrong">
      <p>{all ? <Mark kind="pass">Ready to roll back</Mark> : <Mark kind="held">Not every service can go back</Mark>}</p>
      <dl className="kv mt">
        {plan.rollback.map((r) => <div className="contents" key={r.service}><dt><MarkOnly kind={r.ready ? 'pass' : 'held'} word={r.ready ? 'Ready' : 'Not ready'} /> {r.service}</dt><dd>{r.summary}</dd></div>)}
      </dl>
    </Section>
  )
}
