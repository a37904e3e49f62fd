import { z } from 'zod'
import type { GateFacts } from '#lib/gates/gate.ts'
import type { Tx } from '#lib/platform/db/client.ts'

/** What one upstream target says about the release. `since` is the 100% write; `until` is null while it still stands. */
export type TargetHistory = {
  service: string
  /** Null: the release never succeeded there. */
  reached: { sinceMs: number; untilMs: number | null } | null
  problems: { code: 'held' | 'rolled_back' | 'drifted'; message: string }[]
}

// Only what is read here; the rest of both columns belongs to the engine.
const Steps = z.array(z.object({ trafficAt: z.string().nullable() }))
const Plan = z.object({ steps: z.array(z.object({ kind: z.string(), percent: z.number().optional() })) })

/** When the rollout's write of 100% was read back; a first release has no weight step, then its last traffic write. */
function hundredPercentAtMs(rollout: { plan: unknown; steps: unknown; endedAt: Date | null; createdAt: Date }): number {
  const plan = Plan.safeParse(rollout.plan)
  const runs = Steps.safeParse(rollout.steps)
  const written = runs.success ? runs.data.map((r) => r.trafficAt) : []
  const full = plan.success ? plan.data.steps.findLastIndex((s) => s.kind === 'setWeight' && s.percent === 100) : -1
  const at = written[full] ?? written.findLast((t) => t !== null)
  return at ? Date.parse(at) : (rollout.endedAt ?? rollout.createdAt).getTime()
}

type Target = {
  id: string
  service: { slug: string }
  drift: unknown
  stableReleaseId: string | null
  stableSince: Date | null
  holds: { digests: string[] }[]
}

/** Targets of an upstream environment that the release's services run on. Null when there is no such environment. */
export async function upstreamTargets(tx: Tx, facts: GateFacts, environment: string): Promise<Target[] | null> {
  const row = await tx.environment.findFirst({
    where: { applicationId: facts.applicationId, slug: environment, retiredAt: null },
    select: {
      targets: {
        where: { retiredAt: null, service: { slug: { in: facts.release.artifacts.map((a) => a.service) } } },
        orderBy: { service: { position: 'asc' } },
        select: { id: true, drift: true, stableReleaseId: true, stableSince: true, service: { select: { slug: true } }, holds: { where: { liftedAt: null }, select: { digests: true } } },
      },
    },
  })
  return row?.targets ?? null
}

export async function targetHistory(tx: Tx, facts: GateFacts, target: Target): Promise<TargetHistory> {
  const releaseId = facts.release.id
  const rollouts = await tx.rollout.findMany({
    where: { targetId: target.id },
    orderBy: { createdAt: 'desc' },
    take: 200,
    select: { kind: true, state: true, releaseId: true, plan: true, steps: true, startedAt: true, endedAt: true, createdAt: true, supersededById: true },
  })
  const succeededAt = rollouts.findIndex((r) => r.releaseId === releaseId && r.kind === 'promotion' && r.state === 'succeeded')
  const succeeded = rollouts[succeededAt]
  const later = rollouts.slice(0, Math.max(succeededAt, 0))
  const isStable = target.stableReleaseId === releaseId
  const moving = rollouts.find((r) => ['running', 'paused', 'held', 'rolling_back'].includes(r.state))
  const replaced = later.findLast((r) => r.state === 'succeeded' && r.releaseId !== releaseId)
  const until = isStable ? moving?.startedAt : (replaced?.startedAt ?? later.at(-1)?.createdAt ?? succeeded?.endedAt)
  const sinceMs = succeeded ? (isStable && target.stableSince ? target.stableSince.getTime() : hundredPercentAtMs(succeeded)) : 0
  return { service: target.service.slug, reached: succeeded ? { sinceMs, untilMs: until?.getTime() ?? null } : null, problems: problemsOf(target, facts, moving, (replaced?.kind === 'rollback' && replaced.supersededById === null) || later.some((r) => r.releaseId === releaseId && r.state === 'rolled_back')) }
}

function problemsOf(target: Target, facts: GateFacts, moving: { state: string; releaseId: string | null } | undefined, wasRolledBack: boolean): TargetHistory['problems'] {
  const digest = facts.release.artifacts.find((a) => a.service === target.service.slug)?.digest ?? ''
  const isStable = target.stableReleaseId === facts.release.id
  const service = target.service.slug
  const out: TargetHistory['problems'] = []
  if (target.holds.some((h) => h.digests.includes(digest))) out.push({ code: 'held', message: `${service} holds this image after a rollback` })
  if (!isStable && wasRolledBack) out.push({ code: 'rolled_back', message: `${service} was rolled back from it` })
  if (moving?.state === 'held' && moving.releaseId === facts.release.id) out.push({ code: 'held', message: `the rollout of ${service} is held` })
  if (isStable && target.drift !== null) out.push({ code: 'drifted', message: `${service} drifted from what was intended` })
  return out
}
