'use client'
import { useRouter } from 'next/navigation'
import { type FormEvent, useRef, useState } from 'react'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { useMay } from '#components/access/use-may.ts'
import { GatedButton } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { Input } from '#lib/platform/endpoint.ts'
import { createRelease } from '#lib/releases/contract.ts'
import { fieldErrors } from './field-errors.ts'

type Draft = { version: string; commit: string; author: string; notes: string; images: Record<string, string> }
type ReleaseInput = Input<typeof createRelease>

/** What the address of the form brings along, as a link from elsewhere may. */
export type Filled = { version?: string; commit?: string; image?: string; notes?: string }

/** An image goes to the service whose repository it is from. */
const imageOf = (s: ApplicationView['services'][number], image: string | undefined): string => (image && s.repository && image.startsWith(`${s.repository}:`) ? image : s.repository ? `${s.repository}:` : '')

const start = (application: ApplicationView, f: Filled): Draft => ({ version: f.version ?? '', commit: f.commit ?? '', author: '', notes: f.notes ?? '', images: Object.fromEntries(application.services.map((s) => [s.slug, imageOf(s, f.image)])) })

/** A service whose image was left as it came stays as it is; the release does not carry it. */
const inputOf = (application: ApplicationView, d: Draft): ReleaseInput => ({
  application: application.slug,
  version: d.version.trim(),
  commit: d.commit.trim(),
  ...(d.author.trim() && { author: d.author.trim() }),
  ...(d.notes.trim() && { notes: d.notes }),
  artifacts: application.services.flatMap((s) => {
    const image = (d.images[s.slug] ?? '').trim()
    return image === '' || image === `${s.repository}:` ? [] : [{ service: s.slug, image }]
  }),
})

export function ReleaseForm({ application, filled }: { application: ApplicationView; filled: Filled }) {
  const [draft, setDraft] = useState(() => start(application, filled))
  const [error, setError] = useState<unknown>(null)
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({})
  const [busy, setBusy] = useState(false)
  // One key per content: a double press is one release, and a mended form is a new request.
  const sent = useRef({ body: '', key: '' })
  const may = useMay(['propose'], { application: application.slug })
  const create = useWrite(createRelease)
  const router = useRouter()
  const set = (change: Partial<Draft>) => setDraft((d) => ({ ...d, ...change }))

  const send = async (input: ReleaseInput) => {
    const body = JSON.stringify(input)
    if (sent.current.body !== body) sent.current = { body, key: newRequestKey() }
    setBusy(true)
    try {
      const release = await create(input, sent.current.key)
      router.push(`/releases/${release.id}`)
    } catch (err) {
      // A refusal is final for its key; the next press asks anew.
      sent.current = { body: '', key: '' }
      setErrors(fieldErrors(err, input))
      setError(err)
      setBusy(false)
    }
  }
  const submit = (e: FormEvent) => {
    e.preventDefault()
    if (busy || may.length > 0) return
    setError(null)
    void send(inputOf(application, draft))
  }

  return (
    <form className="form" onSubmit={submit} noValidate aria-label="New release">
      <div className="form-2">
        <Field label="Version" error={errors['version']} hint="Letters, digits, dot, dash, plus and underscore; used once.">{(c) => <input {...c} value={draft.version} autoComplete="off" onChange={(e) => set({ version: e.target.value })} />}</Field>
        <Field label="Commit" error={errors['commit']} hint="7 to 64 hexadecimal digits.">{(c) => <input {...c} className="input mono" value={draft.commit} autoComplete="off" spellCheck={false} onChange={(e) => set({ commit: e.target.value })} />}</Field>
      </div>
      <Field label="Author (optional)" error={errors['author']} hint="Email of the commit's author: a rule may keep authors from approving their own.">{(c) => <input {...c} value={draft.author} onChange={(e) => set({ author: e.target.value })} />}</Field>
      {application.services.map((s) => (
        <Field key={s.slug} label={`Image of ${s.slug}`} error={errors[`image ${s.slug}`]} hint={s.repository ? `From ${s.repository}, with a tag or a digest. Left as it is, ${s.slug} stays as it is live.` : `With a tag or a digest. Left empty, ${s.slug} stays as it is live.`}>
          {(c) => <input {...c} className="input mono" value={draft.images[s.slug] ?? ''} autoComplete="off" spellCheck={false} onChange={(e) => set({ images: { ...draft.images, [s.slug]: e.target.value } })} />}
        </Field>
      ))}
      {errors['artifacts'] && <p className="bad-text fail small" role="alert">{errors['artifacts']}</p>}
      <Field label="Notes (optional)" error={errors['notes']}>{(c) => <textarea {...c} rows={4} value={draft.notes} onChange={(e) => set({ notes: e.target.value })} />}</Field>
      {error !== null && Object.keys(errors).length === 0 && <ProblemNote error={error} />}
      <div className="grid justify-items-start gap-1"><GatedButton type="submit" look="primary" reasons={may} requested={busy ? 'Resolving the images' : undefined}>Create the release</GatedButton></div>
    </form>
  )
}
