import { gateMarks } from '#components/promotions/state.tsx'
import { GateList } from '#components/ui/gate-list.tsx'
import { InWords } from '#components/ui/in-words.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import type { GateView } from '#lib/gates/schema.ts'

const order = ['denied', 'cannot_check', 'unmet', 'overridden', 'met'] as const

/** What a gate's reasons add to its own line: who can meet it, when it opens; not the same words again. */
const beyondTitle = (g: GateView): Why[] =>
  g.unmet.flatMap((u) => {
    if (!`${g.name}: ${g.summary}`.includes(u.message)) return [u]
    if (u.who) return [{ message: `${u.who} can`, opensAt: u.opensAt }]
    return u.opensAt ? [{ message: 'By itself', opensAt: u.opensAt }] : []
  })

/** Unmet first, each with who can meet it and when it opens by itself. */
export function Gates({ gates }: { gates: readonly GateView[] }) {
  const sorted = order.flatMap((state) => gates.filter((g) => g.state === state))
  return (
    <GateList
      items={sorted.map((g) => {
        const [kind, word] = gateMarks[g.state]
        return { key: `${g.kind} ${g.name}`, kind, word, met: g.state === 'met', title: <InWords message={`${g.name}: ${g.summary}`} />, detail: <Reasons reasons={beyondTitle(g)} /> }
      })}
    />
  )
}
