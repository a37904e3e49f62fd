import { DiffTable, type DiffGroup } from '#components/ui/diff-table.tsx'
import { Mark } from '#components/ui/mark.tsx'
import type { TargetPlan } from '#lib/promotions/contract.ts'

const liveHead = (t: TargetPlan, isLive: boolean) => {
  if (t.live === 'absent') return <span className="arm">{isLive ? 'live: does not exist yet' : 'before: did not exist yet'}</span>
  if (t.live === 'unreadable') return <Mark kind="error">{isLive ? 'Cannot read live' : 'Live could not be read'}: {t.liveError}</Mark>
  return <span className="arm">{isLive ? 'live' : 'before'}, {t.from.version ?? 'unknown version'}</span>
}

/** Image references are long; the digest is what tells them apart. `isLive` is false for a plan that is kept, not made now. */
export function ChangeDiff({ targets, isLive }: { targets: readonly TargetPlan[]; isLive: boolean }) {
  const groups: DiffGroup[] = targets.map((t) => ({
    key: t.target,
    title: <>{t.service} <span className="mono">{t.locator.service}</span></>,
    before: liveHead(t, isLive),
    after: <span className="arm ca">after, {t.to.version}</span>,
    rows: [
      ...(t.from.revision ? [{ key: 'revision', name: 'Revision', before: t.from.revision, after: 'new, made by the first step', same: true }] : []),
      ...t.changes.filter((c) => c.op !== 'same').map((c) => ({ key: c.path, name: c.path, before: c.before, after: c.after, same: false })),
    ],
    folded: t.unchanged > 0 ? `${t.unchanged} settings stay as they are` : null,
  }))
  return <DiffTable caption={isLive ? 'What changes against live, read now' : 'What it was to change, as planned when it was asked for'} groups={groups} />
}
