import { Mark, MarkOnly } from '#components/ui/mark.tsx'
import { withShortNames } from '#components/ui/in-words.tsx'
import { Section } from '#components/ui/section.tsx'
import type { PromotionPlan } from '#lib/promotions/contract.ts'

/** The way back of each service, known before it is needed. Once started it is what was planned: the target tells what is so now. */
export function IfItGoesWrong({ plan, isLive }: { plan: PromotionPlan; isLive: boolean }) {
  if (plan.rollback.length === 0) return null
  const all = plan.rollback.every((r) => r.ready)
  return (
    <Section title="If it goes wrong" note={isLive ? undefined : 'as it was planned; its target says what is so now'}>
      {isLive && <p>{all ? <Mark kind="pass">Ready to roll back</Mark> : <Mark kind="held">Not every service can go back</Mark>}</p>}
      <dl className="kv mt">
        {plan.rollback.map((r) => <div className="contents" key={r.service}><dt><MarkOnly kind={r.ready ? 'pass' : 'held'} word={isLive ? (r.ready ? 'Ready' : 'Not ready') : r.ready ? 'Was ready' : 'Was not ready'} /> {r.service}</dt><dd>{withShortNames(r.summary)}</dd></div>)}
      </dl>
    </Section>
  )
}
