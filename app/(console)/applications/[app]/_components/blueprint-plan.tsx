'use client'
import dynamic from 'next/dynamic'
import { changeText } from '#components/blueprints/change-words.ts'
import { Skeleton } from '#components/ui/empty.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { sentence } from '#components/ui/format.ts'
import type { BlueprintPlan, StoredBlueprint } from '#lib/blueprints/contract.ts'

const LineDiff = dynamic(() => import('#components/blueprints/line-diff.tsx').then((m) => m.LineDiff), { loading: () => <Skeleton /> })

const opMarks = { add: 'added', change: 'changed', remove: 'removed' } as const

/** What applying would change, first in sentences, then line by line. */
export function PlanView({ planned: { plan, yaml }, stored, isCurrent }: { planned: { plan: BlueprintPlan; yaml: string }; stored: StoredBlueprint; isCurrent: boolean }) {
  const { changes, warnings } = plan
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`
  return (
    <Section title="Plan" note={isCurrent ? undefined : 'of an earlier text'} stale={!isCurrent}>
      <p className="lead" role="status"><Mark kind={isCurrent ? 'pass' : 'stale'}>{isCurrent ? 'Planned' : 'Stale'}</Mark> {changes.length === 0 ? `Nothing would change: the text means what ${stored.application} has already.` : `Applying makes ${count} to ${plan.application}: ${(['add', 'change', 'remove'] as const).flatMap((op) => { const n = changes.filter((c) => c.op === op).length; return n > 0 ? [`${n} ${opMarks[op]}`] : [] }).join(', ')}.`}</p>
      {plan.application !== stored.application && <p className="mt"><Mark kind="held">Another application</Mark> The text is of {plan.application}; {stored.application} stays as it is.</p>}
      {changes.length > 0 && <ul className="list-disc pl-5 mt">{changes.map((c) => <li key={`${c.op} ${c.path}`}>{changeText(c)}</li>)}</ul>}
      <Facts items={warnings.map((w) => ({ key: w, kind: 'held', word: 'Worth a look', text: sentence(w) }))} />
      {yaml !== stored.yaml && <LineDiff label="Lines that change" before={plan.application === stored.application ? stored.yaml : ''} after={yaml} />}
    </Section>
  )
}
