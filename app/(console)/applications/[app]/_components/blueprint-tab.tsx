'use client'
import { useState } from 'react'
import { useAge } from '#components/live/age.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Button } from '#components/ui/button.tsx'
import { CodeEditor } from '#components/ui/code-editor.tsx'
import { Skeleton } from '#components/ui/empty.tsx'
import { countText } from '#components/ui/format.ts'
import { Hash } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import { type StoredBlueprint, viewBlueprint } from '#lib/blueprints/contract.ts'
import { BlueprintEditor } from './blueprint-editor.tsx'

/** The blueprint as it was applied; a copy of it can be changed, planned, and applied. */
export function BlueprintTab({ app }: { app: string }) {
  const read = useLiveQuery(viewBlueprint, { app })
  const age = useAge(read)
  // What the draft began from, so that it is seen when somebody else applies meanwhile.
  const [base, setBase] = useState<StoredBlueprint | null>(null)
  const stored = read.data
  if (!stored) return read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />
  if (base) return <BlueprintEditor base={base} stored={stored} onRebase={() => setBase(stored)} onDone={() => setBase(null)} closed={age.closed} />
  return (
    <Section title="Blueprint" note={`${countText(stored.yaml.split('\n').length)} lines, as applied`} stale={age.stale} end={<><a className="rows small t2" href={`/api/v1/applications/${app}/blueprint`} download={`${app}.canonical.yaml`}>Canonical export</a><Stamp asOf={age.asOf} stale={age.stale} /></>}>
      <Applied stored={stored} />
      <div className="row-f my-3">
        <Button onPress={() => setBase(stored)}>Edit a copy</Button>
        <Button icon="copy" look="quiet" onPress={() => void navigator.clipboard?.writeText(stored.yaml)}>Copy</Button>
        <Button look="quiet" onPress={() => download(`${app}.yaml`, stored.yaml)}>Download {app}.yaml</Button>
      </div>
      <CodeEditor label={`Blueprint of ${app}`} value={stored.yaml} />
    </Section>
  )
}

const Applied = ({ stored }: { stored: StoredBlueprint }) => (
  <p className="t2">
    Hash <Hash value={stored.hash} />, version {stored.version}.{' '}
    {stored.applied ? <>Applied <At iso={stored.applied.at} /> (<Ago iso={stored.applied.at} />) by <span className="b">{stored.applied.by}</span>: {stored.applied.message}.</> : 'When and by whom it was applied was not recorded.'}
  </p>
)

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/yaml' }))
  const a = Object.assign(document.createElement('a'), { href: url, download: name })
  a.click()
  URL.revokeObjectURL(url)
}
