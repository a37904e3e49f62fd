'use client'
import { useState } from 'react'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field } from '#components/ui/field.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import { useToasts } from '#components/ui/toast.tsx'
import { roleNames } from '#lib/access/actor.ts'
import { putBindings } from '#lib/access/contract.ts'
import { roleText } from '#lib/access/words.ts'
import { inBrief, listApplications } from '#lib/applications/contract.ts'
import { ApiError } from '#lib/platform/client.ts'
import { listText } from '#lib/platform/words.ts'
import { type Binding, placeText, type Wanted } from './role-words.ts'

type Row = Wanted & { key: number }
type Props = { person: string | null; roles: readonly Binding[]; /** Why it cannot be sent any more, although it could be opened. */ closed: readonly Why[]; onClose(): void }

const describe = (rows: readonly Wanted[]): string => (rows.length === 0 ? 'no role' : listText([...new Set(rows.map((r) => `${roleText(r.role)} in ${placeText(r)}`))]))

/** Replaces the roles of one person, as they were shown when this opened, by what is listed; with no row left they can still sign in and see nothing. */
export function RolesDialog({ person, roles, closed, onClose }: Props) {
  const [email, setEmail] = useState(person ?? '')
  const [rows, setRows] = useState<readonly Row[]>(() => (roles.length > 0 ? roles : [{ role: 'viewer' as const, application: null, environment: null }]).map((r, key) => ({ role: r.role, application: r.application, environment: r.environment, key })))
  const [nextKey, setNextKey] = useState(rows.length)
  const [requestKey, setRequestKey] = useState(newRequestKey)
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const put = useWrite(putBindings)
  const { show } = useToasts()
  const who = email.trim() || 'this person'
  const wrongPerson = error instanceof ApiError && error.problem.field === 'person' ? error.problem.detail : undefined

  const set = (key: number, change: Partial<Wanted>) => setRows((all) => all.map((r) => (r.key === key ? { ...r, ...change } : r)))
  const submit = async () => {
    if (busy || closed.length > 0) return
    setBusy(true)
    setError(null)
    try {
      const answer = await put({ person: email.trim(), bindings: rows.map(({ role, application, environment }) => ({ role, application, environment })), seen: roles.map((r) => r.id) }, requestKey)
      show({ key: 'roles', kind: 'pass', word: 'Changed', strong: 'Changed.', text: `${who} has ${describe(answer.items)}.` })
      onClose()
    } catch (err) {
      // A refusal is final for its key; the next press asks anew.
      setRequestKey(newRequestKey())
      setError(err)
      setBusy(false)
    }
  }
  return (
    <Dialog
      open wide title={person ? `Roles of ${person}` : 'Give somebody a role'} start={person ? 'primary' : 'field'} onOpenChange={(open) => !open && onClose()} onSubmit={() => void submit()}
      foot={<><Button look="quiet" hotkey="Esc" onPress={onClose}>Not now</Button><Button type="submit" look="primary" disabled={closed.length > 0} requested={busy ? 'Requested' : undefined}>{person ? 'Replace the roles' : 'Give the roles'}</Button></>}
    >
      {!person && <Field label="E-mail address" error={wrongPerson} hint="As their sign-in provider has it. Somebody who never signed in gets the role at the first sign-in.">{(c) => <input {...c} type="email" autoComplete="off" value={email} onChange={(e) => setEmail(e.target.value)} />}</Field>}
      <ul className="grid gap-3">{rows.map((r, i) => <li key={r.key}><RoleRow n={i + 1} row={r} onChange={(change) => set(r.key, change)} onRemove={() => setRows((all) => all.filter((x) => x.key !== r.key))} /></li>)}</ul>
      <p><Button small onPress={() => { setRows((all) => [...all, { role: 'viewer', application: null, environment: null, key: nextKey }]); setNextKey(nextKey + 1) }}>Another role</Button></p>
      <p className="t2" role="status">{person ? 'Then' : 'So'} {who} has {describe(rows)}.</p>
      <Reasons reasons={closed} />
      {error !== null && wrongPerson === undefined && <ProblemNote error={error} />}
    </Dialog>
  )
}

function RoleRow({ n, row, onChange, onRemove }: { n: number; row: Wanted; onChange(change: Partial<Wanted>): void; onRemove(): void }) {
  const applications = useLiveQuery(listApplications, inBrief).data?.items ?? []
  const environments = applications.find((a) => a.slug === row.application)?.environments ?? []
  return (
    <fieldset className="grid gap-2 items-end sm:grid-cols-[1fr_1fr_1fr_auto]">
      <legend className="sr-only">Role {n}</legend>
      <Field label="Role">{(c) => <select {...c} value={row.role} onChange={(e) => onChange({ role: roleNames.find((r) => r === e.target.value) ?? row.role })}>{roleNames.map((r) => <option key={r} value={r}>{roleText(r)}</option>)}</select>}</Field>
      <Field label="Application">{(c) => <select {...c} value={row.application ?? ''} onChange={(e) => onChange({ application: e.target.value || null, environment: null })}><option value="">all applications</option>{applications.map((a) => <option key={a.slug} value={a.slug}>{a.title}</option>)}</select>}</Field>
      <Field label="Environment">{(c) => <select {...c} disabled={row.application === null} value={row.environment ?? ''} onChange={(e) => onChange({ environment: e.target.value || null })}><option value="">all environments</option>{environments.map((e) => <option key={e.slug} value={e.slug}>{e.slug}</option>)}</select>}</Field>
      <Button look="quiet" icon="x" onPress={onRemove}>Remove<span className="sr-only"> role {n}</span></Button>
    </fieldset>
  )
}
