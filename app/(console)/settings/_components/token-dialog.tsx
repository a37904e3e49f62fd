'use client'
import { useState } from 'react'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field } from '#components/ui/field.tsx'
import { createToken } from '#lib/access/contract.ts'
import type { Output } from '#lib/platform/endpoint.ts'
import { type Verb, verbs } from '#lib/platform/verbs.ts'

const lives = [7, 30, 90, 365] as const
const usual: readonly Verb[] = ['view', 'propose']
const scopeText = { view: 'see', propose: 'make releases and ask for promotions', approve: 'approve, start, veto', operate: 'drive rollouts', roll_back: 'roll back', override: 'break glass', administer: 'change roles, blueprints, settings' } satisfies Record<Verb, string>

export function NewToken({ onMade, onClose }: { onMade(token: Output<typeof createToken>): void; onClose(): void }) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Verb[]>(usual)
  const [days, setDays] = useState(90)
  const [error, setError] = useState<unknown>(null)
  const [missing, setMissing] = useState(false)
  const [busy, setBusy] = useState(false)
  const make = useWrite(createToken)
  const wrongName = missing && name.trim() === '' ? 'A name is needed: what will use it?' : undefined
  const noScope = missing && scopes.length === 0

  const submit = async () => {
    if (busy) return
    setMissing(true)
    if (name.trim() === '' || scopes.length === 0) return
    setBusy(true)
    setError(null)
    try {
      onMade(await make({ name: name.trim(), scopes: verbs.filter((v) => scopes.includes(v)), expiresInDays: days }, newRequestKey()))
      onClose()
    } catch (err) {
      setError(err)
      setBusy(false)
    }
  }
  return (
    <Dialog
      open title="Make a token" start="field" onOpenChange={(open) => !open && onClose()} onSubmit={() => void submit()}
      foot={<><Button look="quiet" hotkey="Esc" onPress={onClose}>Not now</Button><Button type="submit" look="primary" requested={busy ? 'Requested' : undefined}>Make the token</Button></>}
    >
      <Field label="Name" error={wrongName} hint="What uses it, such as ci or nightly report.">{(c) => <input {...c} value={name} maxLength={80} autoComplete="off" onChange={(e) => setName(e.target.value)} />}</Field>
      <fieldset className="field">
        <legend>It may at most</legend>
        <ul className="grid gap-1">{verbs.map((v) => <li key={v}><label className="row-f tight"><input type="checkbox" checked={scopes.includes(v)} onChange={(e) => setScopes(e.target.checked ? [...scopes, v] : scopes.filter((s) => s !== v))} /><span>{v.replaceAll('_', ' ')} <span className="t3">{scopeText[v]}</span></span></label></li>)}</ul>
        {noScope && <p className="bad-text" role="alert">Choose at least one.</p>}
      </fieldset>
      <Field label="Expires after">{(c) => <select {...c} value={days} onChange={(e) => setDays(Number(e.target.value))}>{lives.map((d) => <option key={d} value={d}>{d} days</option>)}</select>}</Field>
      {error !== null && <ProblemNote error={error} />}
    </Dialog>
  )
}
