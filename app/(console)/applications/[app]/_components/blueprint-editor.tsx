'use client'
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useMay } from '#components/access/use-may.ts'
import { ActionDialog, type Ask } from '#components/actions/action-dialog.tsx'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { changeText } from '#components/blueprints/change-words.ts'
import { Problems, problemsOf } from '#components/blueprints/problems.tsx'
import { Button, GatedButton } from '#components/ui/button.tsx'
import { CodeEditor, type EditorHandle } from '#components/ui/code-editor.tsx'
import { countText } from '#components/ui/format.ts'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import { Section } from '#components/ui/section.tsx'
import { Strip } from '#components/ui/strip.tsx'
import { useToasts } from '#components/ui/toast.tsx'
import { applyBlueprint, type BlueprintPlan, planBlueprint, type StoredBlueprint } from '#lib/blueprints/contract.ts'
import { call } from '#lib/platform/client.ts'
import { PlanView } from './blueprint-plan.tsx'

type Props = { base: StoredBlueprint; stored: StoredBlueprint; onRebase(): void; onDone(): void; /** Why nothing may be applied from what is shown. */ closed: readonly Why[] }
type Planned = { yaml: string; plan: BlueprintPlan }

const changesText = (n: number) => `${countText(n)} ${n === 1 ? 'change' : 'changes'}`

/** Why the draft cannot be applied now: the plan that was seen must be the plan of exactly this text. */
function unplanned(planned: Planned | undefined, yaml: string): Why[] {
  if (!planned) return [{ message: 'plan it first: what applying would change is shown before it is done' }]
  if (planned.yaml !== yaml) return [{ message: 'the text changed since the plan: plan again' }]
  if (planned.plan.changes.length === 0) return [{ message: 'the plan changes nothing' }]
  return []
}

export function BlueprintEditor({ base, stored, onRebase, onDone, closed }: Props) {
  const [yaml, setYaml] = useState(base.yaml)
  const [ask, setAsk] = useState<Ask | null>(null)
  const editor = useRef<EditorHandle>(null)
  const { show } = useToasts()
  const apply = useWrite(applyBlueprint)
  const planning = useMutation({ mutationFn: async (text: string): Promise<Planned> => ({ yaml: text, plan: await call(planBlueprint, { yaml: text }) }) })
  const may = useMay(['administer'], { application: stored.application })
  const planned = planning.data
  const problems = planning.variables === yaml ? problemsOf(planning.error) : []
  const isDirty = yaml !== base.yaml

  const confirm = ({ plan }: Planned) =>
    setAsk({
      title: `Apply ${changesText(plan.changes.length)} to ${plan.application}?`,
      confirm: `Apply ${changesText(plan.changes.length)} to ${plan.application}`,
      body: <ul className="list-disc pl-5 t2">{plan.changes.slice(0, 12).map((c) => <li key={`${c.op} ${c.path}`}>{changeText(c)}</li>)}{plan.changes.length > 12 && <li>and {plan.changes.length - 12} more, as planned</li>}</ul>,
      reason: { kind: 'none' },
      async run(_reason, key) {
        await apply({ yaml, planHash: plan.planHash }, key)
        show({ key: 'blueprint', kind: 'pass', word: 'Applied', strong: 'Applied.', text: `${changesText(plan.changes.length)} to ${plan.application}.` })
        onDone()
      },
    })

  return (
    <>
      {stored.version !== base.version && <Strip kind="held" word="Applied meanwhile" action={<Button small onPress={() => { setYaml(stored.yaml); planning.reset(); onRebase() }}>Start again from version {stored.version}</Button>}>Version {stored.version} was applied{stored.applied && ` by ${stored.applied.by}`} while you edited; a plan compares with it.</Strip>}
      <Section title="Draft" note={`a copy of version ${base.version}; nothing changes before it is applied`}>
        <CodeEditor ref={editor} label={`Draft of the blueprint of ${stored.application}`} value={yaml} onChange={setYaml} badLines={new Set(problems.map((p) => p.line))} describedBy={problems.length > 0 ? 'blueprint-problems' : undefined} />
        <Problems id="blueprint-problems" problems={problems} onPick={(p) => editor.current?.goTo(p.line, p.column)} />
        {planning.error && problems.length === 0 && planning.variables === yaml && <ProblemNote error={planning.error} />}
        <div className="row-f mt-3">
          <Button look={planned?.yaml === yaml ? 'default' : 'primary'} onPress={() => planning.mutate(yaml)} requested={planning.isPending ? 'Planning' : undefined}>Plan</Button>
          <Button look="quiet" onPress={onDone}>{isDirty ? 'Discard the draft' : 'Leave'}</Button>
        </div>
      </Section>
      {planned && <PlanView planned={planned} stored={stored} isCurrent={planned.yaml === yaml} />}
      <Section title="Apply" note="writes application, services, environments and targets in one step; nothing is deployed by it">
        <div className="grid justify-items-start gap-1">
          <GatedButton look={planned?.yaml === yaml ? 'primary' : 'default'} reasons={[...may, ...closed, ...unplanned(planned, yaml)]} onPress={() => planned && confirm(planned)}>{planned && planned.plan.changes.length > 0 ? `Apply ${changesText(planned.plan.changes.length)} to ${planned.plan.application}` : `Apply to ${stored.application}`}</GatedButton>
        </div>
      </Section>
      <ActionDialog ask={ask} onClose={() => setAsk(null)} blocked={closed.length > 0 && <Reasons reasons={closed} />} />
    </>
  )
}
