import { stepText } from '#components/rollouts/step-text.ts'
import { Facts } from '#components/ui/facts.tsx'
import { sentence } from '#components/ui/format.ts'
import { InWords } from '#components/ui/in-words.tsx'
import { Section } from '#components/ui/section.tsx'
import type { PromotionView, TargetPlan } from '#lib/promotions/contract.ts'
import { WeightCourse } from './weight-course.tsx'

const TargetSteps = ({ t, wide }: { t: TargetPlan; wide: boolean }) => (
  <div className={wide ? 'grid gap-x-8 gap-y-3 md:grid-cols-2' : undefined}>
    <div>
    <h3>{t.service} <span className="t3">strategy {t.strategy}</span></h3>
    <ol className="list-decimal pl-5 t2">{t.steps.map((s, i) => <li key={`${s.kind} ${i}`}>{stepText(t.steps, i, null)}</li>)}</ol>
    </div>
    <div>
    {t.traffic.length > 0 && (
      <>
        <p className={wide ? 'small t2' : 'small t2 hd'}>Traffic writes, in order</p>
        <ol className="list-decimal pl-5 small t2">{t.traffic.map((line) => <li key={line}><InWords message={line} /></li>)}</ol>
      </>
    )}
    <Facts items={t.notes.map((n) => ({ key: n, kind: 'held', word: 'Note', text: <InWords message={n} /> }))} />
    </div>
  </div>
)

/** The plan of each service in its order, with the writes in words and the shortest time it takes. */
export function HowItGoes({ promotion, waits }: { promotion: PromotionView; waits: boolean }) {
  const { plan } = promotion
  if (plan.targets.length === 0) return null
  const order = [...plan.targets].sort((a, b) => a.group - b.group)
  const groups = new Set(order.map((t) => t.group)).size
  return (
    <Section title={waits ? 'How it will go' : promotion.rollouts.length > 0 ? 'How it was planned, and how it went' : 'How it was planned'} note={groups > 1 ? `${order.map((t) => t.service).join(', then ')}; back in reverse` : undefined}>
      <p className="t2"><InWords message={sentence(plan.forecast.text)} /></p>
      <WeightCourse promotion={promotion} />
      <div className={order.length > 1 ? 'mt grid gap-4 md:grid-cols-2' : 'mt'}>{order.map((t) => <TargetSteps key={t.target} t={t} wide={order.length === 1} />)}</div>
    </Section>
  )
}
