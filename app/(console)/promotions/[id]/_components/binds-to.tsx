import { Section } from '#components/ui/section.tsx'
import { Digest, Hash } from '#components/ui/revision-name.tsx'
import { rolesText } from '#lib/access/words.ts'
import type { PromotionView } from '#lib/promotions/contract.ts'

/** What an approval is given for: change any of it and it is void. */
export const BindsTo = ({ promotion: p }: { promotion: PromotionView }) => (
  <Section title="An approval binds to">
    <dl className="kv">
      <dt>Content</dt><dd><Hash value={p.contentHash} /></dd>
      {p.plan.targets.map((t) => <div className="contents" key={t.target}><dt>{t.service}</dt><dd><Digest value={t.to.digest} /></dd></div>)}
      <dt>Strategy</dt><dd>{[...new Set(p.plan.targets.map((t) => t.strategy))].join(', ')}</dd>
      {p.approvalRules.map((r) => <div className="contents" key={r.name}><dt>{r.name}</dt><dd>{r.count} of {rolesText(r.roles)}{r.exclude.length > 0 && `, not the ${r.exclude.join(' nor the ')}`}</dd></div>)}
    </dl>
    <p className="small t3 mt">If digests, config, strategy or policy change, all approvals are void and the log says what changed.</p>
  </Section>
)
