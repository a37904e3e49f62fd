'use client'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useMay } from '#components/access/use-may.ts'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { useStale } from '#components/live/use-stale.ts'
import { Button, type ButtonLook } from '#components/ui/button.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import { RollbackFacts } from '#components/targets/rollback-facts.tsx'
import { rollbackTarget, type TargetView, viewTarget } from '#lib/targets/contract.ts'

const presets = ['Errors', 'Slow', 'Wrong version']

/** Why it cannot be pressed now: the server's reasons, or that what is shown is too old to press on. */
function whyNot(t: TargetView, stale: boolean): Why[] {
  if (!t.rollback.ready && t.rollback.unmet.length > 0) return [...t.rollback.unmet]
  if (!t.rollback.ready) return [{ message: 'No revision to go back to was proven good here' }]
  return stale ? [{ message: 'What is shown is too old to act on; read again first' }] : t.rollback.unmet
}

function askFor(t: TargetView, send: Ask['run']): Ask {
  return {
    title: `Roll back ${t.service} in ${t.environment}?`,
    confirm: `Send ${t.rollback.label}`,
    body: <RollbackFacts target={t} />,
    reason: { kind: 'required', presets },
    run: send,
  }
}

/**
 * The way back of one target: one confirmation that names service, environment, revision and percent, then the page of
 * the rollout that carries it out. `onlyFrom` offers it only while that revision is the one left. Never gated by a window or a freeze; only by what would make it fail.
 */
export function Rollback({ targetId, look = 'default', described = true, onlyFrom }: { targetId: string; look?: ButtonLook; described?: boolean; onlyFrom?: string | undefined }) {
  const read = useLiveQuery(viewTarget, { id: targetId })
  const target = read.data
  const write = useWrite(rollbackTarget)
  const router = useRouter()
  const [ask, setAsk] = useState<Ask | null>(null)
  const stale = useStale(target?.asOf, target?.staleAfterSeconds ?? 0)
  const may = useMay(['roll_back'], { application: target?.application ?? '', environment: target?.environment ?? '' })
  const reasons = target ? [...may, ...whyNot(target, stale)] : []

  const open = () => {
    if (!target || reasons.length > 0) return
    setAsk(
      askFor(target, async (reason, key) => {
        // What the dialog named is what is sent, so that a newer state cannot change its meaning. A revision that was only
        // observed may not be named without override; there the server's own choice is the same one.
        const { proven, revision } = target.rollback
        const rollout = await write({ id: target.id, reason: reason ?? '', ...(proven === 'proven' && revision && { revision }) }, key)
        router.push(`/rollouts/${rollout.id}`)
      }),
    )
  }
  useHotkeys({ R: open })
  if (!target) return null
  if (onlyFrom !== undefined && target.rollback.from?.revision !== onlyFrom) return <p className="says-what">Something else serves there now: <Link className="link" href={`/targets/${target.id}`}>{target.service} in {target.environment}</Link>.</p>
  return (
    <>
      <Button look={reasons.length > 0 ? 'default' : look} icon="undo" hotkey="R" className={look === 'primary' && reasons.length === 0 ? 'thumb' : ''} disabled={reasons.length > 0} describedBy={reasons.length > 0 ? `why-${target.id}` : undefined} onPress={open}>
        Roll back{target.rollback.revision ? `: ${target.rollback.label}` : ''}
      </Button>
      {reasons.length > 0 ? <Reasons id={`why-${target.id}`} reasons={reasons} /> : described && <p className="says-what">Asks once, goes at once: no steps, no approval. The version left is held until a person lifts it.</p>}
      <ActionDialog ask={ask} onClose={() => setAsk(null)} />
    </>
  )
}
