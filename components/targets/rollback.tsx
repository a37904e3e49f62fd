'use client'
import { useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { useMay } from '#components/access/use-may.ts'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { explain } from '#components/actions/problem-note.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { presetsFor } from '#components/targets/presets.ts'
import { RollbackFacts } from '#components/targets/rollback-facts.tsx'
import { Button, type ButtonLook } from '#components/ui/button.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import { ApiError, call } from '#lib/platform/client.ts'
import { rollbackTarget, type TargetView, viewTarget } from '#lib/targets/contract.ts'

/** A provider that does not answer must not keep the way back shut. */
const readWithinMs = 4000

/** Why it cannot be pressed. Age is no reason: the press reads live first. */
function whyNot(t: TargetView): readonly Why[] {
  if (t.rollback.ready || t.rollback.unmet.length > 0) return t.rollback.unmet
  return [{ message: 'No revision to go back to was proven good here' }]
}

type Read = { target: TargetView; problem: string | null }

/** Reads live now; without an answer the last reading stands, and says so. */
function useReadNow(targetId: string) {
  const client = useQueryClient()
  return async (last: TargetView): Promise<Read> => {
    try {
      const target = await call(viewTarget, { id: targetId, fresh: '1' }, { signal: AbortSignal.timeout(readWithinMs) })
      client.setQueryData([viewTarget.id, { id: targetId }], target)
      return { target, problem: target.error }
    } catch (err) {
      return { target: last, problem: explain(err).text }
    }
  }
}

const NotRead = ({ problem }: { problem: string }) => <p><Mark kind="error">Live was not read now</Mark> {problem} What is shown is the last reading.</p>

function askFor({ target: t, problem }: Read, send: Ask['run']): Ask {
  const reasons = whyNot(t)
  return {
    title: `Roll back ${t.service} in ${t.environment}?`,
    confirm: `Send ${t.rollback.label}`,
    body: <>{problem && <NotRead problem={problem} />}<RollbackFacts target={t} /></>,
    reason: { kind: 'required', presets: presetsFor(t) },
    ...(reasons.length > 0 && { blocked: <Reasons reasons={reasons} /> }),
    run: send,
  }
}

/** The cloud did not answer, and the rollback is on record and tried until it is live: its page tells how far it is. */
function goesOnAs(err: unknown): string {
  const id = err instanceof ApiError && err.code === 'provider_error' ? err.problem.ref?.['rollout'] : undefined
  if (id === undefined) throw err
  return id
}

type Props = {
  targetId: string
  look?: ButtonLook
  described?: boolean
  /** Offers it only while this revision is the one left. */
  onlyFrom?: string | undefined
  /** Where Abort beside it leads: to the same revision, yet not by the same way. */
  besideAbortTo?: string | undefined
}

const saysOf = (isAsAbort: boolean): string =>
  isAsAbort
    ? 'Where Abort leads, written by this server at once, also while the worker is down. The version left is held until a person lifts it.'
    : 'Asks once, goes at once: no steps, no approval. The version left is held until a person lifts it.'

/**
 * The way back of one target: a live read, one confirmation that names service, environment, revision and percent, then
 * the page of the rollout that carries it out. Never gated by a window or a freeze, nor by the worker being down.
 */
export function Rollback({ targetId, look = 'default', described = true, onlyFrom, besideAbortTo }: Props) {
  const shown = useLiveQuery(viewTarget, { id: targetId }).data
  const may = useMay(['roll_back'], { application: shown?.application ?? '', environment: shown?.environment ?? '' })
  const write = useWrite(rollbackTarget)
  const readNow = useReadNow(targetId)
  const router = useRouter()
  const [ask, setAsk] = useState<Ask | null>(null)
  const [reading, setReading] = useState(false)
  const pressed = useRef(false)
  const reasons = shown ? [...may, ...whyNot(shown)] : []

  const open = async () => {
    if (!shown || reasons.length > 0 || pressed.current) return
    pressed.current = true
    setReading(true)
    const read = await readNow(shown)
    pressed.current = false
    setReading(false)
    const { revision } = read.target.rollback
    setAsk(
      askFor(read, async (reason, key) => {
        // What the dialog named is what is sent, so that a newer state cannot change its meaning.
        const id = await write({ id: targetId, reason: reason ?? '', ...(revision && { revision }) }, key).then((r) => r.id, goesOnAs)
        router.push(`/rollouts/${id}`)
      }),
    )
  }
  const isGone = onlyFrom !== undefined && shown?.rollback.from?.revision !== onlyFrom
  const label = `Roll back${shown?.rollback.revision ? `: ${shown.rollback.label}` : ''}`
  useHotkeys(shown && !isGone && reasons.length === 0 ? [{ keys: 'R', label, run: () => void open(), asksAs: 'rollback' }] : [])
  if (!shown) return null
  if (isGone) return <p className="says-what">Something else serves there now: <Link className="link" href={`/targets/${shown.id}`}>{shown.service} in {shown.environment}</Link>.</p>
  const isOff = reasons.length > 0
  const isPrimary = look === 'primary' && !isOff
  return (
    <>
      <Button look={isPrimary || look !== 'primary' ? look : 'default'} icon="undo" hotkey="R" className={isPrimary ? 'thumb' : ''} disabled={isOff} describedBy={isOff ? `why-${shown.id}` : undefined} requested={reading ? 'Reading live' : undefined} onPress={() => void open()}>
        {label}
      </Button>
      {isOff ? <Reasons id={`why-${shown.id}`} reasons={reasons} /> : described && <p className="says-what">{saysOf(besideAbortTo !== undefined && shown.rollback.revision === besideAbortTo)}</p>}
      <ActionDialog ask={ask} onClose={() => setAsk(null)} />
    </>
  )
}
