'use client'
import { useMutation } from '@tanstack/react-query'
import Link from 'next/link'
import { useMay } from '#components/access/use-may.ts'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { useWrite } from '#components/actions/use-write.ts'
import type { Age } from '#components/live/age.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Answer } from '#components/ui/answer.tsx'
import { GatedButton } from '#components/ui/button.tsx'
import { CopyLine } from '#components/ui/copy-line.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { sentence } from '#components/ui/format.ts'
import { Mark, MarkOnly } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { Ago } from '#components/ui/time.tsx'
import { checkConnections, type ConnectedProject, type ConnectedTarget, listConnections } from '#lib/connections/contract.ts'
import { countText } from '#lib/platform/words.ts'
import { viewSettings } from '#lib/settings/contract.ts'
import { findingMarks, said, sum } from './findings.ts'

export function GoogleTab({ age }: { age: Age }) {
  const settings = useLiveQuery(viewSettings, {})
  const read = useLiveQuery(listConnections, {})
  const check = useWrite(checkConnections)
  const press = useMutation({ mutationFn: () => check({}, newRequestKey()) })
  const may = [...useMay(['administer'], 'somewhere'), ...age.closed]
  const cloud = settings.data?.cloud
  if (!read.data || !cloud) return read.error ? <Unreadable read={read} /> : settings.error ? <Unreadable read={settings} /> : <Skeleton rows={6} />
  const projects = read.data.items
  const state = sum(projects)
  const answer = said(state)
  return (
    <>
      <Answer
        kind={answer.kind} word={answer.word}
        below={<div className="grid justify-items-start gap-1 mt-3"><GatedButton reasons={may} onPress={() => press.mutate()} requested={press.isPending ? 'Trying every target' : undefined}>{state.unchecked === state.targets ? 'Check the connection' : 'Check again'}</GatedButton>{press.error && <ProblemNote error={press.error} />}</div>}
      >
        {cloud.kind === 'emulator' ? <>An emulated Google Cloud on this machine ({cloud.address}); no real project is touched.</> : <>Google Cloud, with the credentials that Sluice was started with.</>} {answer.text}
        {state.checkedAt && <> Last tried <Ago iso={state.checkedAt} />.</>}
      </Answer>
      {projects.length === 0 && <Empty>No project yet: a blueprint names the project of each target.</Empty>}
      {projects.map((p) => <Project key={p.project} project={p} />)}
      {read.data.nextCursor && <p className="t3 mt">More projects are in the API (GET /api/v1/connections).</p>}
    </>
  )
}

const Project = ({ project: p }: { project: ConnectedProject }) => (
  <Section title={p.project} note={countText(p.targets.length, 'target')}>
    <ul className="grid gap-3">{p.targets.map((t) => <Target key={t.id} t={t} />)}</ul>
  </Section>
)

/** What was read stays folded into one line; what is missing stands with the command that gives it. */
function Target({ t }: { t: ConnectedTarget }) {
  const findings = t.checked?.findings ?? []
  const bad = findings.filter((f) => f.state === 'missing' || f.state === 'cannot_tell')
  return (
    <li>
      <p className="row-f tight">
        <Link className="link b" href={`/targets/${t.id}`}>{t.application}: {t.service} in {t.environment}</Link> <span className="mono t3">{t.region}/{t.name}</span>
        {t.checked ? findings.map((f) => <MarkOnly key={f.kind} kind={findingMarks[f.state][0]} word={`${f.kind}: ${f.message}`} />) : <Mark kind="todo">Not checked yet</Mark>}
        {t.checked && bad.length === 0 && <span className="t2">{findings.find((f) => f.kind === 'run')?.message}</span>}
      </p>
      {bad.map((f) => (
        <div key={f.kind} className="mt">
          <p><Mark kind={findingMarks[f.state][0]}>{findingMarks[f.state][1]}</Mark> {sentence(f.message)}</p>
          {f.fix && <CopyLine text={f.fix} label={`Command for ${t.service} in ${t.environment}`} />}
        </div>
      ))}
    </li>
  )
}
