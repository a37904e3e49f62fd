import { Facts } from '#components/ui/facts.tsx'
import { withShortNames } from '#components/ui/in-words.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import type { SplitPlan } from '#lib/targets/contract.ts'

/** What has to be known first, the traffic list as it would be written, tags included, and what it leaves alone. */
export const SplitPreview = ({ plan, service }: { plan: SplitPlan; service: string }) => (
  <div className="grid gap-4 md:grid-cols-2">
    {plan.warnings.length > 0 && <div className="md:col-span-2"><Facts items={plan.warnings.map((w) => ({ key: w, kind: 'held', word: 'Warning', text: withShortNames(w) }))} /></div>}
    <div>
      <p className="small t2">Exactly this is written</p>
      <div className="code">
        <p>{service}: traffic</p>
        <p className="t3">etag {plan.etag.length > 24 ? `${plan.etag.slice(0, 24)}…` : plan.etag}</p>
        {plan.write.map((w) => {
          const before = plan.before[w.revision] ?? 0
          if (w.tag && w.percent === 0) return <p key={`${w.revision} ${w.tag}`} className="t3"><RevisionName name={w.revision} short /> keeps the tag {w.tag}</p>
          return <p key={`${w.revision} ${w.tag}`}><RevisionName name={w.revision} short /> {before !== w.percent && <><del>{before}</del> </>}<ins>{w.percent}%</ins>{w.tag && <span className="t3"> tag {w.tag}</span>}</p>
        })}
      </div>
    </div>
    <div>
      <p className="small t2">And nothing else</p>
      <ul className="small t2 mt list-disc pl-5">{plan.stays.map((s) => <li key={s}>{s}</li>)}</ul>
    </div>
  </div>
)
