import type { Gate, GateFacts, GateOutcome } from '#lib/gates/gate.ts'
import { targetHistory, upstreamTargets, type TargetHistory } from '#lib/gates/upstream/history.ts'
import type { Unmet } from '#lib/platform/endpoint.ts'
import { unmet } from '#lib/platform/errors.ts'
import { durationText, listText } from '#lib/platform/words.ts'

/** What each named environment says, in the order of the policy. `null`: there is no such environment any more. */
export type UpstreamEvidence = readonly (readonly TargetHistory[] | null)[]

/** The release must have been at 100% in the named environments, healthy, for their soak. It opens by itself. */
export const upstream: Gate<UpstreamEvidence> = {
  async collect(tx, facts) {
    const found: (TargetHistory[] | null)[] = []
    for (const { environment } of facts.policy.after) {
      const targets = await upstreamTargets(tx, facts, environment)
      if (targets === null) found.push(null)
      else {
        const histories: TargetHistory[] = []
        for (const target of targets) histories.push(await targetHistory(tx, facts, target))
        found.push(histories)
      }
    }
    return found
  },
  judge: (facts, evidence) => facts.policy.after.map((rule, i) => judgeEnvironment(rule, facts, evidence[i] ?? null)),
}

type Rule = { environment: string; soakMs: number }

function judgeEnvironment(rule: Rule, facts: GateFacts, histories: readonly TargetHistory[] | null): GateOutcome {
  const base = { kind: 'upstream' as const, name: rule.environment, expired: null }
  if (histories === null || histories.length === 0) {
    const message = histories === null ? `${rule.environment} is not there any more` : `${rule.environment} runs none of the services of this release`
    return { ...base, state: 'unmet', summary: message, unmet: [unmet('upstream_missing', message, 'admin, by changing the blueprint')], lookAgainAtMs: null }
  }
  const open = histories.map((h) => judgeTarget(rule, facts, h))
  const reasons = open.flatMap((o) => o.unmet)
  if (reasons.length === 0) return { ...base, state: 'met', summary: `healthy at 100% in ${rule.environment} for ${durationText(rule.soakMs)}`, unmet: [], lookAgainAtMs: null }
  const opens = open.flatMap((o) => (o.opensAtMs === null ? [] : [o.opensAtMs]))
  const opensByItself = opens.length > 0 && open.every((o) => o.unmet.length === 0 || o.opensAtMs !== null)
  const summary = opensByItself ? `opens by itself in ${durationText(Math.max(...opens) - facts.nowMs)}` : listText(reasons.map((r) => r.message))
  return { ...base, state: 'unmet', summary, unmet: reasons, lookAgainAtMs: opens.length > 0 ? Math.min(...opens) : null }
}

function judgeTarget(rule: Rule, facts: GateFacts, h: TargetHistory): { unmet: Unmet[]; opensAtMs: number | null } {
  const where = `${h.service} in ${rule.environment}`
  const problems = h.problems.map((p) => unmet(`upstream_${p.code}`, `${where}: ${p.message}`, p.code === 'drifted' ? 'who may operate there, by adopting or restoring' : null))
  if (!h.reached) return { unmet: [...problems, unmet('upstream_not_reached', `${facts.release.version} has not been at 100% on ${where}`, 'who may propose, by promoting it there first')], opensAtMs: null }
  if (problems.length > 0) return { unmet: problems, opensAtMs: null }
  const { sinceMs, untilMs } = h.reached
  const heldMs = (untilMs ?? facts.nowMs) - sinceMs
  if (heldMs >= rule.soakMs) return { unmet: [], opensAtMs: null }
  if (untilMs !== null) return { unmet: [unmet('upstream_soak', `${where}: ${facts.release.version} was at 100% for ${durationText(heldMs)} of ${durationText(rule.soakMs)} before another rollout began`)], opensAtMs: null }
  const opensAtMs = sinceMs + rule.soakMs
  return { unmet: [unmet('upstream_soak', `${where}: at 100% for ${durationText(heldMs)} of ${durationText(rule.soakMs)}`, null, new Date(opensAtMs).toISOString())], opensAtMs }
}
