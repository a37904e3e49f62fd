import { revisionOf } from '#components/rollouts/split-parts.ts'
import { stepMarks } from '#components/rollouts/state.tsx'
import { stepText } from '#components/rollouts/step-text.ts'
import { durationText } from '#components/ui/format.ts'
import { InWords } from '#components/ui/in-words.tsx'
import { Section } from '#components/ui/section.tsx'
import { type StepItem, Steps } from '#components/ui/steps.tsx'
import { At, Lasted } from '#components/ui/time.tsx'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { isEnd } from '#lib/rollouts/state.ts'

type Step = RolloutView['steps'][number]

function when(s: Step) {
  if (s.run.startedAt) return <At iso={s.run.startedAt} seconds />
  if (s.plannedEndAt && s.run.state === 'pending') return <>about <At iso={s.plannedEndAt} /></>
  return null
}

const plannedMs = (s: Step): number | null => (s.plan.kind === 'bake' ? s.plan.durationMs : null)

/** Actual time beside the planned one, where the plan names one: only a bake has a length of its own. */
function Times({ s }: { s: Step }) {
  const planned = plannedMs(s)
  const { startedAt, endedAt, state } = s.run
  if (!startedAt) return planned !== null && s.run.state === 'pending' ? <>planned {durationText(planned)}</> : null
  const dueIso = planned === null ? null : new Date(Date.parse(startedAt) + planned).toISOString()
  if (state === 'running') return <><Lasted fromIso={startedAt} toIso={null} />{planned !== null && <> of {durationText(planned)}</>} so far{dueIso && <>, time met <At iso={dueIso} seconds /></>}{s.plannedEndAt && s.plannedEndAt !== dueIso && <>, until about <At iso={s.plannedEndAt} seconds /></>}</>
  if (!lasted(s)) return null
  return <><Lasted fromIso={startedAt} toIso={endedAt} />{planned !== null && <>, planned {durationText(planned)}</>}{endedAt && <>, ended <At iso={endedAt} seconds="always" /></>}</>
}

/** Below a second its length says nothing. */
const lasted = (s: Step) => s.run.endedAt === null || Date.parse(s.run.endedAt) - Date.parse(s.run.startedAt ?? s.run.endedAt) >= 1000

function Detail({ s }: { s: Step }) {
  const failed = s.run.checks?.filter((c) => !c.passed) ?? []
  return (
    <>
      <Times s={s} />
      {s.run.tries.length > 1 && <>, try {s.run.tries.length}</>}
      {s.run.message && <span className="block"><InWords message={s.run.message} /></span>}
      {failed.map((c) => <span className="block fail" key={c.name}>{c.name}: {c.detail}</span>)}
      {s.run.tries.length > 1 && s.run.tries.slice(0, -1).map((t) => <span className="block" key={t.startedAt}><At iso={t.startedAt} seconds /> <InWords message={t.outcome} /></span>)}
    </>
  )
}

export function RolloutSteps({ rollout: r }: { rollout: RolloutView }) {
  const plans = r.steps.map((s) => s.plan)
  const last = r.steps.at(-1)?.plannedEndAt
  const items: StepItem[] = r.steps.map((s) => {
    const [kind, word] = stepMarks[s.run.state]
    return { key: String(s.index), kind: s.index === r.stepIndex && r.state === 'held' && s.run.state === 'running' ? 'held' : kind, word, at: when(s), now: s.index === r.stepIndex && !isEnd(r.state), title: stepText(plans, s.index, revisionOf(r.candidate), s.run), detail: <Detail s={s} /> }
  })
  return <Section title="Steps" className="p-second" end={last && !isEnd(r.state) && <span className="asof">done about <At iso={last} /></span>}><Steps items={items} /></Section>
}
