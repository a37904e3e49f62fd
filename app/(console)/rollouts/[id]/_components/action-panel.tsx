'use client'
import { tooOld } from '#components/live/use-stale.ts'
import { revisionOf } from '#components/rollouts/split-parts.ts'
import Link from 'next/link'
import { actionIcons, actionKeys, actionsNow } from '#components/rollouts/action-look.ts'
import type { useRolloutActions } from '#components/rollouts/use-rollout-actions.tsx'
import { Rollback } from '#components/targets/rollback.tsx'
import { ActionGroup } from '#components/ui/action-list.tsx'
import { Button } from '#components/ui/button.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { Section } from '#components/ui/section.tsx'
import type { ActionView, RolloutView } from '#lib/rollouts/contract.ts'
import { isEnd } from '#lib/rollouts/state.ts'

type Actions = ReturnType<typeof useRolloutActions>

function ActionItem({ a, actions, stale }: { a: ActionView; actions: Actions; stale: boolean }) {
  const reasons = stale && !a.towardStable ? [...a.unmet, tooOld] : a.unmet
  const off = !a.allowed || reasons.length > 0
  return (
    <>
      <Button icon={actionIcons[a.action]} hotkey={actionKeys[a.action]} disabled={off} describedBy={`about-${a.action}`} requested={actions.requestedLabel === a.label ? 'Requested' : undefined} onPress={() => actions.press(a)}>{a.label}</Button>
      <div id={`about-${a.action}`}><p className="says-what">{a.consequence}</p>{off && <Reasons reasons={reasons} />}</div>
    </>
  )
}

/** Where its Abort leads, while that would move traffic. */
const abortsTo = (r: RolloutView) => (r.actions.some((a) => a.action === 'abort') && (r.split.observed?.[revisionOf(r.candidate) ?? ''] ?? 0) > 0 ? (revisionOf(r.stable) ?? undefined) : undefined)

/** What may be done now, grouped by where it leads, the way back first: it is what is looked for in haste. While held, the question above has its own choices and only the way back stays here. */
export function ActionPanel({ rollout: r, actions, stale }: { rollout: RolloutView; actions: Actions; stale: boolean }) {
  const held = r.state === 'held'
  const list = held ? [] : actionsNow(r)
  const away = list.filter((a) => !a.towardStable)
  const toward = list.filter((a) => a.towardStable)
  useHotkeys(list.filter((a) => a.allowed && (a.towardStable || !stale)).map((a) => ({ keys: actionKeys[a.action], label: a.label, run: () => actions.press(a) })))
  const ended = isEnd(r.state)
  const canGoBack = r.kind !== 'rollback' && (!ended || r.state === 'succeeded')
  return (
    <Section title={held ? 'Also open' : 'Actions'} className="p-first">
      <div className="acts-v">
        {(toward.length > 0 || canGoBack) && (
          <ActionGroup arm="st" title="Toward stable" note="always open">
            {toward.map((a) => <ActionItem key={a.action} a={a} actions={actions} stale={false} />)}
            {canGoBack && <Rollback targetId={r.target.id} {...(ended ? { onlyFrom: revisionOf(r.candidate) ?? '' } : { besideAbortTo: abortsTo(r) })} />}
          </ActionGroup>
        )}
        {away.length > 0 && <ActionGroup arm="ca" title="Away from stable" note="gated">{away.map((a) => <ActionItem key={a.action} a={a} actions={actions} stale={stale} />)}</ActionGroup>}
        {toward.length === 0 && away.length === 0 && !canGoBack && <p className="t2">{ended ? <>It has ended. What serves now is at <Link className="link" href={`/targets/${r.target.id}`}>{r.target.service} in {r.target.environment}</Link>.</> : 'Nothing to decide: it is on its way and ends by itself.'}</p>}
      </div>
    </Section>
  )
}
