import { ApplicationTitle } from '#components/applications/title.tsx'
import { splitParts } from '#components/rollouts/split-parts.ts'
import { Facts } from '#components/ui/facts.tsx'
import type { MarkKind } from '#components/ui/mark.tsx'
import { withShortNames } from '#components/ui/in-words.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import type { ReadinessCheck, TargetView } from '#lib/targets/contract.ts'

const marks = {
  ok: ['pass', 'In order'],
  warning: ['held', 'Warning'],
  refused: ['fail', 'Refused'],
  not_checked: ['todo', 'Not checked yet'],
} satisfies Record<ReadinessCheck['state'], [MarkKind, string]>

const names = { revision_ready: 'Revision', image_found: 'Image', schema: 'Schema', secret_versions: 'Secret versions', backup_age: 'Backup age' } satisfies Record<ReadinessCheck['name'], string>

export const checkFacts = (checks: readonly ReadinessCheck[]) => checks.map((c) => ({ key: c.name, kind: marks[c.state][0], word: marks[c.state][1], text: <>{names[c.name]}: {withShortNames(c.detail)}</> }))

/** What no check looked at yet, in one line. */
export function uncheckedFacts(checks: readonly ReadinessCheck[]) {
  const left = checks.filter((c) => c.state === 'not_checked')
  if (left.length === 0) return []
  const [kind, word] = marks.not_checked
  return [{ key: 'not checked', kind, word, text: `Not checked yet: ${left.map((c) => names[c.name].toLowerCase()).join(', ')}` }]
}

/** Warnings that no check already says. */
export const warningFacts = (r: TargetView['rollback']) => r.warnings.filter((w) => !r.checks.some((c) => c.detail === w)).map((w) => ({ key: w, kind: 'held' as const, word: 'Warning', text: w }))

/** Now, after, and what follows: everything the confirmation must name, once. */
export function RollbackFacts({ target: t }: { target: TargetView }) {
  const to = t.rollback.revision
  const now = t.live?.split ?? t.split ?? {}
  const from = t.rollback.from?.revision ?? null
  return (
    <>
      <p className="t2"><b><ApplicationTitle slug={t.application} /></b> {t.service}, Cloud Run <span className="mono">{t.locator}</span></p>
      <div className="move">
        <p className="k">Now</p>
        <div>
          <SplitBar size="mid" parts={splitParts(now, to, from)} />
          {Object.entries(now).filter(([, percent]) => percent > 0).map(([name, percent]) => <p key={name}>{percent}% <RevisionName name={name} /></p>)}
          {t.rollback.from?.release && <p className="t2"><b className="ver">{t.rollback.from.release.version}</b> is left and goes on hold</p>}
        </div>
        <p className="k">After</p>
        <div>
          <SplitBar size="mid" parts={to ? [{ arm: 'st', name: to, percent: 100 }] : []} />
          <p>100% {to && <RevisionName name={to} />}</p>
          <p className="t2"><b className="ver">{t.rollback.release?.version ?? 'version unknown'}</b>, {t.rollback.proven === 'proven' ? 'held 100% and passed' : 'was at 100% when first seen; not proven by a rollout here'}</p>
        </div>
      </div>
      <Facts
        items={[
          ...warningFacts(t.rollback),
          ...checkFacts(t.rollback.checks.filter((c) => c.state !== 'not_checked')),
          ...(t.rollback.skipped.length > 0 ? [{ key: 'skipped', kind: 'skipped' as const, word: 'Passed over', text: `Passes over ${t.rollback.skipped.map((s) => s.revision).join(', ')}` }] : []),
        ]}
      />
    </>
  )
}
