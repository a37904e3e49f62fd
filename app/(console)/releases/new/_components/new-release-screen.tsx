'use client'
import { useState } from 'react'
import { Unread } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Field } from '#components/ui/field.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { inBrief, listApplications } from '#lib/applications/contract.ts'
import { type Filled, ReleaseForm } from './release-form.tsx'

export function NewReleaseScreen({ preset, filled }: { preset: string | undefined; filled: Filled }) {
  const read = useLiveQuery(listApplications, inBrief)
  const [slug, setSlug] = useState(preset)
  if (!read.data) return <Unread read={read} title="New release" />
  const applications = read.data.items.filter((a) => a.retiredAt === null)
  const chosen = applications.find((a) => a.slug === slug) ?? applications[0]
  return (
    <>
      <Bar crumbs={[{ text: 'Releases', href: '/releases' }, { text: 'New release' }]} />
      <Head title="New release"><p>Names a set of images. Tags are resolved to digests once, now. Nothing is shipped by it.</p></Head>
      <section className="sec" aria-label="New release">
        {!chosen ? <Empty>There is no application to release. An admin applies a blueprint first.</Empty> : (
          <div className="form">
            <Field label="Application">{(c) => <select {...c} value={chosen.slug} onChange={(e) => setSlug(e.target.value)}>{applications.map((a) => <option key={a.slug} value={a.slug}>{a.title}</option>)}</select>}</Field>
            <ReleaseForm key={chosen.slug} application={chosen} filled={chosen.slug === preset ? filled : {}} />
          </div>
        )}
      </section>
    </>
  )
}
