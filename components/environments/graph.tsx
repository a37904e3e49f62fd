import type { Route } from 'next'
import Link from 'next/link'
import { layoutGraph } from '#components/environments/layout.ts'
import { afterText } from '#components/environments/words.ts'
import { TargetFlags } from '#components/targets/flags.tsx'
import type { EnvironmentView } from '#lib/environments/contract.ts'
import { durationText } from '#lib/platform/words.ts'

/** What is live, service by service, in one line. */
const liveText = (e: EnvironmentView): string => e.targets.map((t) => `${t.service} ${t.stable?.release?.version ?? (t.stable ? 'observed' : 'nothing yet')}`).join(', ') || 'no service here'

/** Which environment feeds which. The list says it in words; the lines are the same for the eye, and a phone leaves them out. */
export function EnvironmentGraph({ label, environments, link }: { label: string; environments: readonly EnvironmentView[]; link: (slug: string) => Route }) {
  const g = layoutGraph(environments)
  return (
    <div className="graph" style={{ height: g.heightPx }}>
      <svg viewBox={`0 0 100 ${g.heightPx}`} preserveAspectRatio="none" aria-hidden="true">
        {g.edges.map((e) => <path key={`${e.from} ${e.to}`} d={`M${e.x1} ${e.y1}C${(e.x1 + e.x2) / 2} ${e.y1} ${(e.x1 + e.x2) / 2} ${e.y2} ${e.x2} ${e.y2}`} />)}
      </svg>
      {g.edges.map((e) => <span key={`${e.from} ${e.to}`} className="soak" aria-hidden="true" style={{ left: `${(e.x1 + e.x2) / 2}%`, top: (e.y1 + e.y2) / 2 }}>{e.soakSeconds > 0 ? `after ${durationText(e.soakSeconds * 1000)}` : 'then'}</span>)}
      <ol aria-label={label}>
        {environments.map((e) => {
          const n = g.nodes.find((node) => node.name === e.slug)
          return (
            <li key={e.slug} className={`node ${e.tier}`} style={{ left: `${n?.leftPercent ?? 0}%`, top: n?.topPx, width: `${g.widthPercent}%`, height: g.boxPx }}>
              <span className="row-f tight"><Link className="link b" href={link(e.slug)}>{e.slug}</Link>{worst(e)}</span>
              <p title={liveText(e)}>{liveText(e)}</p>
              <p className="hide-phone">{e.approvals.length > 0 ? `${e.approvals.reduce((sum, a) => sum + a.count, 0)} to approve` : 'no approval'}, {e.strategy.name}</p>
              {e.after.length > 0 && <p className="comes">{afterText(e)}</p>}
            </li>
          )
        })}
      </ol>
    </div>
  )
}

/** The one target of an environment that most needs to be looked at; nothing for a healthy one. */
function worst(e: EnvironmentView) {
  const t = e.targets.find((x) => x.held) ?? e.targets.find((x) => x.drift ?? x.error) ?? e.targets.find((x) => x.openRollout) ?? e.targets.find((x) => x.hold)
  return t && <TargetFlags target={t} short />
}
