'use client'
import { Command } from 'cmdk'
import type { Route } from 'next'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { explain } from '#components/actions/problem-note.tsx'
import { PromotionMark } from '#components/promotions/state.tsx'
import { ReleaseMark } from '#components/releases/state.tsx'
import { RolloutMark } from '#components/rollouts/state.tsx'
import { Button } from '#components/ui/button.tsx'
import { Icon } from '#components/ui/icon.tsx'
import { Keys } from '#components/ui/kbd.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Modal } from '#components/ui/modal.tsx'
import { Ago } from '#components/ui/time.tsx'
import { countText } from '#lib/platform/words.ts'
import type { Found } from '#lib/search/contract.ts'
import type { Entry } from './entries.ts'
import { useEntries } from './use-entries.ts'
import { usePainted } from './use-painted.ts'
import type { TypedAhead } from './use-typed-ahead.ts'

function State({ found: f }: { found: Found }) {
  if (f.kind === 'rollout' && f.state) return <RolloutMark state={f.state} />
  if (f.kind === 'promotion' && f.state) return <PromotionMark state={f.state} />
  if (f.kind === 'release' && (f.state === 'vetoed' || f.state === 'abandoned')) return <ReleaseMark release={{ state: f.state }} />
  return null
}

const Line = ({ entry: e, onChoose }: { entry: Entry; onChoose(e: Entry): void }) => (
  <Command.Item value={e.id} onSelect={() => onChoose(e)}>
    <Icon name={e.icon} />
    <span className={e.found?.kind === 'revision' ? 'rev' : undefined}>{e.title}</span>
    {e.found && <State found={e.found} />}
    {e.detail && <small>{e.detail}</small>}
    {e.found?.at && (e.found.kind === 'release' || e.found.kind === 'promotion' || e.found.kind === 'rollout') && <small className="when"><Ago iso={e.found.at} /></small>}
    {e.keys && <span className="k" aria-hidden="true"><Keys keys={e.keys} /></span>}
  </Command.Item>
)

type Props = { typedAhead: TypedAhead; onClose(): void; onKeys(): void }

/** Finds anything, goes there, and does what may be done: a combobox over one list, in which Enter takes the marked line. */
export function Palette({ typedAhead, onClose, onKeys }: Props) {
  const router = useRouter()
  const [start] = useState(() => typedAhead.take().split('\n'))
  const [typed, setTyped] = useState(start[0] ?? '')
  // Enter before the finds are there means their first, not the first of what an earlier text found.
  const isHurried = useRef(start.length > 1)
  const [picked, setPicked] = useState<{ typed: string; id: string } | null>(null)
  const [before] = useState(() => document.activeElement)
  const input = useRef<HTMLInputElement>(null)
  const afterwards = useRef<(() => void) | null>(null)
  const { sections, isSettled, error, retry } = useEntries(typed, onKeys)
  // The box with its field at once, where the person looks and types; its lines in the frames after.
  const isPainted = usePainted()
  const entries = sections.flatMap((s) => s.entries)
  const mine = picked?.typed === typed ? entries.find((e) => e.id === picked.id) : undefined
  const marked = mine ?? entries[0]

  const choose = (e: Entry) => {
    // A question of the page opens once the palette is gone, else the focus would be taken from it.
    if ('run' in e) afterwards.current = e.run
    else router.push(e.href as Route)
    onClose()
  }
  useEffect(() => {
    if (!isHurried.current || !isSettled) return
    isHurried.current = false
    if (marked) choose(marked)
  })
  const type = (text: string) => {
    isHurried.current = false
    setTyped(text)
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key !== 'Enter' || e.nativeEvent.isComposing || (isSettled && isPainted) || mine) return
    e.preventDefault()
    isHurried.current = true
  }
  // Else what was typed ahead would be selected, and the next letter would replace it.
  const enter = (e: Event) => {
    e.preventDefault()
    // Drawn in pieces: what was typed between the first of them and the field's being there.
    const [text = '', ...enters] = typedAhead.take().split('\n')
    setTyped(text)
    isHurried.current = enters.length > 0
    input.current?.focus()
  }
  const leave = (e: Event) => {
    e.preventDefault()
    // First: what opens now gives the focus back to where it finds it.
    if (before instanceof HTMLElement) before.focus()
    afterwards.current?.()
  }

  return (
    <Modal title="Find anything" titleClass="sr-only" className="dialog palette" onClose={onClose} onOpenFocus={enter} onCloseFocus={leave}>
      <Command label="Find anything" shouldFilter={false} value={marked?.id ?? ''} onValueChange={(id) => setPicked({ typed, id })} onKeyDown={onKeyDown}>
        <div className="find-in">
          <Icon name="search" />
          <Command.Input data-find="" ref={input} value={typed} onValueChange={type} placeholder="Version, commit, digest, service, person, or what to do" maxLength={300} />
          <button type="button" onClick={onClose}><kbd>Esc</kbd><Icon name="x" /><span className="sr-only">Close</span></button>
        </div>
        <Command.List label="Finds and actions" aria-busy={!isSettled || undefined} className={isPainted ? (isSettled ? undefined : 'is-stale') : 'to-come'}>
          {isPainted && sections.map((s) => <Command.Group key={s.title} heading={s.title}>{s.entries.map((e) => <Line key={e.id} entry={e} onChoose={choose} />)}</Command.Group>)}
        </Command.List>
        {isSettled && error && <div className="empty" role="alert"><p><Mark kind="error">Cannot find now</Mark> {explain(error).text}</p><Button small onPress={() => void retry()}>Find again</Button></div>}
        {isSettled && !error && entries.length === 0 && <p className="empty">Nothing that you may see fits. All words must fit: parts of names and versions, revisions, people, the beginning of a commit or digest.</p>}
        <p role="status" className="sr-only">{isSettled ? countText(entries.length, 'line') : 'reading'}</p>
      </Command>
    </Modal>
  )
}
