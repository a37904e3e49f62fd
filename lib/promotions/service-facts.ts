import 'server-only'
import type { Tx } from '#lib/platform/db/client.ts'
import type { PromotionContent } from '#lib/promotions/content.ts'
import type { ServiceFacts } from '#lib/promotions/decide.ts'
import { type PromotionRow, promotionRule } from '#lib/promotions/store.ts'
import { SchemaRange } from '#lib/releases/contract.ts'
import { Arm, HoldReason, RolloutPlan, Split } from '#lib/rollouts/schema.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { mayHaveTraffic } from '#lib/rollouts/supersede.ts'
import { schemaVerdict } from '#lib/targets/decide.ts'

const columns = { id: true, targetId: true, promotionId: true, kind: true, state: true, holdReason: true, plan: true, stepIndex: true, stable: true, candidate: true, desiredSplit: true, observedSplit: true, frozenAt: true, endReason: true, createdBy: true, createdById: true, createdAt: true, endedAt: true } as const
const rolloutsHere = (tx: Tx, row: PromotionRow, targetIds: readonly string[]) =>
  tx.rollout.findMany({ where: { targetId: { in: [...targetIds] }, createdAt: { gte: row.startedAt ?? row.createdAt } }, select: columns, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
type Rollout = Awaited<ReturnType<typeof rolloutsHere>>[number]

/** What each service of a started promotion came to, from the rollouts of its targets. */
export async function serviceFacts(tx: Tx, row: PromotionRow, content: PromotionContent): Promise<ServiceFacts[]> {
  const rollouts = await rolloutsHere(tx, row, Object.values(content.targets).map((t) => t.id))
  const refused = await refusedReturns(tx, row, rollouts.filter((r) => r.promotionId === row.id && r.kind === 'promotion'))
  return content.groups.flatMap((group, index) =>
    group.map((service): ServiceFacts => {
      const here = rollouts.filter((r) => r.targetId === content.targets[service]?.id)
      const own = here.find((r) => r.promotionId === row.id && r.kind === 'promotion')
      if (!own) return { service, group: index, rollout: null, takenOver: null, back: null, stillServes: false }
      const back = here.find((r) => r.promotionId === row.id && r.kind === 'rollback' && r.createdById === promotionRule.id)
      const others = isEnd(own.state) ? here.slice(here.indexOf(own) + 1).filter((r) => r !== back) : []
      const byHand = others.find((r) => r.kind === 'rollback')
      const unsafe = wouldGoBack(own) ? refused.get(own.id) : undefined
      return {
        service,
        group: index,
        rollout: { id: own.id, state: own.state },
        takenOver: others.length === 0 ? null : byHand ? 'rollback' : 'other',
        back: back ? { state: back.state } : isEnd(own.state) && (own.stable === null || refused.has(own.id)) ? 'none' : null,
        stillServes: isEnd(own.state) && own.state !== 'succeeded' && servesCandidate(own),
        ...(unsafe !== undefined && { unsafe, waitsAsItIs: waitsAsItIs(own) }),
        ...wrongOf(service, own, byHand),
      }
    }),
  )
}

/** Why a promotion is not sent back for a newer one; null when it may be. */
export function staysBecause(services: readonly ServiceFacts[]): string | null {
  const unsafe = services.find((s) => s.unsafe !== undefined && s.takenOver === null && (s.back === null || s.back === 'none'))
  return unsafe ? `${unsafe.service} would go back, but ${unsafe.unsafe}` : null
}

/** Which of these rollouts must not be taken back by itself, and why: what served before cannot read the schema that is live now (promise 9). */
async function refusedReturns(tx: Tx, row: PromotionRow, rollouts: readonly { id: string; stable: unknown }[]): Promise<Map<string, string>> {
  const stables = rollouts.map((r) => ({ id: r.id, stable: Arm.nullable().parse(r.stable) }))
  const ids = [row.releaseId, ...stables.flatMap((r) => r.stable?.releaseId ?? [])]
  const releases = new Map((await tx.release.findMany({ where: { id: { in: ids } }, select: { id: true, version: true, schema: true } })).map((r) => [r.id, r]))
  const side = (id: string | null, name: string) => ({ name, version: releases.get(id ?? '')?.version ?? null, schema: SchemaRange.nullable().parse(releases.get(id ?? '')?.schema ?? null) })
  const verdicts = stables.flatMap((r) => (r.stable ? [[r.id, schemaVerdict(side(row.releaseId, row.release.version), side(r.stable.releaseId, r.stable.revision))] as const] : []))
  return new Map(verdicts.flatMap(([id, v]) => (v.state === 'refused' ? [[id, v.detail] as const] : [])))
}

const armsOf = (r: Rollout) => ({ kind: r.kind, stable: Arm.nullable().parse(r.stable), candidate: Arm.nullable().parse(r.candidate), observedSplit: Split.nullable().parse(r.observedSplit), desiredSplit: Split.nullable().parse(r.desiredSplit) })

/** Out, or on its way with traffic: ending the promotion would send it back. */
const wouldGoBack = (r: Rollout): boolean => r.state === 'succeeded' || (!isEnd(r.state) && r.state !== 'rolling_back' && mayHaveTraffic(armsOf(r)))

/** By what was last read back. */
function servesCandidate(r: Rollout): boolean {
  const { candidate, observedSplit } = armsOf(r)
  return candidate !== null && candidate.revision !== '' && (observedSplit?.[candidate.revision] ?? 0) > 0
}

/** The engine holds for these again while they last, whatever else is asked. */
const lasting: readonly string[] = ['outside_change', 'provider_error', 'vetoed']

/** A weight under way is stopped when it has arrived; who let it go on after it was stopped once has decided. */
function waitsAsItIs(r: Rollout): boolean {
  const hold = HoldReason.nullable().parse(r.holdReason)
  const step = RolloutPlan.parse(r.plan).steps[r.stepIndex]
  return r.frozenAt !== null || hold?.details?.['frozen'] === true || lasting.includes(hold?.code ?? '') || step === undefined || step.kind === 'setWeight'
}

const endWords: Readonly<Record<string, string>> = { failed: 'failed', rolled_back: 'was rolled back', cancelled: 'was cancelled', superseded: 'was superseded' }

/** What went wrong with it, in words, and when: the rest of the promotion is stopped after that, so the earliest is the cause. */
function wrongOf(service: string, own: Rollout, byHand: Rollout | undefined): Pick<ServiceFacts, 'wrong'> {
  if (byHand) return { wrong: { text: `${service} was rolled back by ${byHand.createdBy}`, atMs: byHand.createdAt.getTime() } }
  if (!isEnd(own.state) || own.state === 'succeeded') return {}
  return { wrong: { text: `${service} ${endWords[own.state] ?? 'ended'}${own.endReason === null ? '' : `: ${own.endReason}`}`, atMs: (own.endedAt ?? own.createdAt).getTime() } }
}
