import { gateMarks } from '#components/promotions/state.tsx'
import { GateList } from '#components/ui/gate-list.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import type { GateView } from '#lib/gates/schema.ts'

const order = ['denied', 'cannot_check', 'unmet', 'overridden', 'met'] as const

/** Unmet first, each with who can meet it and when it opens by itself. */
export function Gates({ gates }: { gates: readonly GateView[] }) {
  const sorted = order.flatMap((state) => gates.filter((g) => g.state === state))
  return (
    <GateList
      items={sorted.map((g) => {
        const [kind, word] = gateMarks[g.state]
        return { key: `${g.kind} ${g.name}`, kind, word, met: g.state === 'met', title: `${g.name}: ${g.summary}`, detail: <Reasons reasons={g.unmet} /> }
      })}
    />
  )
}
