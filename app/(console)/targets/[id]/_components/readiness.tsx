import { checkFacts, uncheckedFacts, warningFacts } from '#components/targets/rollback-facts.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import type { TargetView } from '#lib/targets/contract.ts'

/** Whether the way back works, looked at before anybody needs it. */
export function Readiness({ target: t, stale }: { target: TargetView; stale: boolean }) {
  const r = t.rollback
  const warned = r.warnings.length > 0 || r.checks.some((c) => c.state === 'warning')
  return (
    <Section title="Rollback readiness" className="p-first" stale={stale} end={<Stamp asOf={r.checkedAt} stale={stale} prefix="checked" />}>
      <p className="lead">
        {r.ready ? <Mark kind={warned ? 'held' : 'pass'}>{warned ? 'Ready, with warnings' : 'Ready'}</Mark> : <Mark kind="fail">Refused</Mark>}{' '}
        {r.ready && r.revision ? <span>to send 100% to <RevisionName name={r.revision} short /> {r.release?.version}, which {r.proven === 'proven' ? 'held 100% and passed' : 'was at 100% when first seen'}.</span> : <span>There is no revision to go back to.</span>}
      </p>
      {!r.ready && <Reasons reasons={r.unmet} />}
      <Facts items={[...warningFacts(r), ...checkFacts(r.checks.filter((c) => c.state !== 'not_checked')), ...uncheckedFacts(r.checks)]} />
      {r.skipped.length > 0 && (
        <>
          <p className="small t2 hd">Passed over</p>
          <dl className="kv small">{r.skipped.map((s) => <div className="contents" key={s.revision}><dt><RevisionName name={s.revision} short /></dt><dd className="t2">{s.reason}</dd></div>)}</dl>
        </>
      )}
    </Section>
  )
}
