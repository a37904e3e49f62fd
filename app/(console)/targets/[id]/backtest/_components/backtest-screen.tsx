'use client'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { useApplicationTitle } from '#components/applications/title.tsx'
import { Problems, problemsOf } from '#components/blueprints/problems.tsx'
import { Unread } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Button } from '#components/ui/button.tsx'
import { CodeEditor, type EditorHandle } from '#components/ui/code-editor.tsx'
import { Field } from '#components/ui/field.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { to } from '#components/ui/route.ts'
import { Section } from '#components/ui/section.tsx'
import { type Backtest, runBacktest } from '#lib/backtest/contract.ts'
import { call } from '#lib/platform/client.ts'
import { type TargetView, viewTarget } from '#lib/targets/contract.ts'
import { Replays } from './replays.tsx'

export function BacktestScreen({ id }: { id: string }) {
  const read = useLiveQuery(viewTarget, { id })
  return read.data ? <Screen target={read.data} /> : <Unread read={read} title="Backtest" />
}

/** Rules as a text, or those of a strategy; neither: those of the newest rollout. `typed`: what stood in the editor then. */
type Asked = { rules?: string; strategy?: string; typed: string }

/** Rules in a text, and what they would have said of the last rollouts here. Nothing is written by it. */
function Screen({ target: t }: { target: TargetView }) {
  const application = useApplicationTitle(t.application)
  const [text, setText] = useState('')
  // The last answer stays while another is asked for, and where that is refused.
  const [answer, setAnswer] = useState<{ of: string; found: Backtest } | null>(null)
  const editor = useRef<EditorHandle>(null)
  const { mutate, ...replaying } = useMutation({
    mutationFn: ({ rules, strategy }: Asked) => call(runBacktest, { id: t.id, ...(rules !== undefined && { rules }), ...(strategy !== undefined && { strategy }) }),
    onSuccess(found, { rules, typed }) {
      setAnswer({ of: rules ?? found.rules, found })
      // What was typed meanwhile stays.
      if (rules === undefined) setText((now) => (now === typed ? found.rules : now))
    },
  })
  // The rules that the newest rollout went by are where one begins.
  useEffect(() => mutate({ typed: '' }), [mutate])
  // A refusal is of the text it was given.
  const error = (replaying.variables?.rules ?? text) === text ? replaying.error : null
  const problems = problemsOf(error)
  return (
    <>
      <Bar crumbs={[{ text: application, href: to(`/applications/${t.application}`) }, { text: `${t.service} in ${t.environment}`, href: to(`/targets/${t.id}`) }, { text: 'Backtest' }]} />
      <Head title={`Try rules on past rollouts of ${t.service}`}><p>Replays what was measured of the last rollouts here, look by look. The same text gives the same answer each time; nothing is written.</p></Head>
      <Section title="Rules" note="the analysis section of a strategy, as in a blueprint">
        {answer && answer.found.strategies.length > 0 && <BeginWith strategies={answer.found.strategies} onPick={(strategy) => mutate({ strategy, typed: text })} />}
        <CodeEditor short ref={editor} label="Rules to replay" value={text} onChange={setText} badLines={new Set(problems.map((p) => p.line))} describedBy={problems.length > 0 ? 'rule-problems' : undefined} />
        <Problems id="rule-problems" word="Cannot be read" problems={problems} onPick={(p) => editor.current?.goTo(p.line, p.column)} />
        {error && problems.length === 0 && <ProblemNote error={error} />}
        <div className="row-f mt-3"><Button look="primary" onPress={() => mutate({ rules: text, typed: text })} requested={replaying.isPending ? 'Replaying' : undefined}>Replay on the last rollouts</Button></div>
      </Section>
      {answer && <Replays backtest={answer.found} isOld={answer.of !== text} />}
    </>
  )
}

const BeginWith = ({ strategies, onPick }: { strategies: readonly string[]; onPick(strategy: string): void }) => (
  <Field label="Begin with the rules of" className="mb-3">
    {(c) => (
      <select {...c} value="" onChange={(e) => e.target.value !== '' && onPick(e.target.value)}>
        <option value="">a strategy</option>
        {strategies.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    )}
  </Field>
)
