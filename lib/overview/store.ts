import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { seenApplication, seenEnvironment } from '#lib/access/seen.ts'
import { type OverviewView, type ServiceRow, servicesAtFirst } from '#lib/overview/contract.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { atMost, read } from '#lib/platform/db/read.ts'
import { findPromotionSummaries } from '#lib/promotions/summaries.ts'
import { findRolloutSummaries } from '#lib/rollouts/summaries.ts'

const { sql } = Prisma

export type ListedService = Pick<ServiceRow, 'application' | 'service'> & { production: string | null; before: { id: string; tier: 'development' | 'staging' }[] }
type Listing = { counts: OverviewView['counts']; tiers: OverviewView['tiers']; oldest_as_of: Date | null; drifted: string[]; services: ListedService[] }

/** More changes from outside than these are still counted, and still among the first services. */
const driftedAtMost = 50

/**
 * Which services are listed first and what is so in all, over every target that this actor may view: held before drift
 * and failed reads, before what moves, before holds; what comes before production counts one less. Only ids, since the
 * snapshots of a thousand targets are tens of megabytes.
 */
export async function findListing(actor: Actor, isAll: boolean): Promise<Listing> {
  const [row] = await read<Listing>(sql`
    with live as materialized (
      select t.id, t.service_id, e.tier, e.position, t.snapshot_at, t.drift is not null as drifted, t.snapshot_error is not null as unread, o.id is not null as open, h.id is not null as kept,
        case when o.state = 'held' then 0 when t.drift is not null or t.snapshot_error is not null then 1 when o.id is not null then 2 when h.id is not null then 3 else 4 end as urgency
      from target t join environment e on e.id = t.environment_id
        left join rollout o on o.target_id = t.id and o.state in ('pending', 'running', 'paused', 'held', 'rolling_back')
        left join target_hold h on h.target_id = t.id and h.lifted_at is null
      where t.retired_at is null and e.retired_at is null and ${seenEnvironment(actor)}),
    mine as materialized (select a.id, a.slug, a.title from application a where ${seenApplication(actor)}),
    earlier as (select service_id, min(urgency) + 1 as urgency, json_agg(json_build_object('id', id, 'tier', tier) order by position, id) as before from live where tier in ('development', 'staging') group by service_id),
    line as materialized (
      select a.slug, a.title, s.slug as service, s.position, p.id as production, p.position as at, b.before, least(coalesce(p.urgency, 9), b.urgency) as urgency
      from mine a join service s on s.application_id = a.id and s.retired_at is null
        left join live p on p.service_id = s.id and p.tier = 'production'
        left join earlier b on b.service_id = s.id),
    first as (select * from line order by urgency, slug, position, at, production ${isAll ? Prisma.empty : atMost(servicesAtFirst)})
    select json_build_object('applications', (select count(*) from mine), 'services', (select count(*) from line), 'targets', count(*), 'open', count(*) filter (where open),
        'drifted', count(*) filter (where drifted), 'onHold', count(*) filter (where kept), 'unreadable', count(*) filter (where unread)) as counts,
      array_remove(array[case when bool_or(tier = 'development') then 'development' end, case when bool_or(tier = 'staging') then 'staging' end], null) as tiers,
      min(snapshot_at) as oldest_as_of,
      array(select id::text from live where drifted and not open order by id ${atMost(driftedAtMost)}) as drifted,
      (select coalesce(json_agg(json_build_object('application', json_build_object('slug', slug, 'title', title), 'service', service, 'production', production, 'before', coalesce(before, '[]'::json))
        order by urgency, slug, position, at, production), '[]') from first) as services
    from live`)
  if (!row) throw new Error('an aggregate gave no row')
  return row
}

/** More rollouts under way than these are counted, and listed on Rollouts. */
const openAtMost = 50
/** Those that wait for a person first: they must not fall out behind newer ones that need nobody. */
export const findOpen = (actor: Actor) => findRolloutSummaries(sql`o.state in ('pending', 'running', 'paused', 'held', 'rolling_back') and ${seenEnvironment(actor)}`, atMost(openAtMost), sql`o.state in ('held', 'paused') desc,`)
/** Ended badly since a moment, or left a hold that is in force. */
export const findEnded = (actor: Actor, since: Date) =>
  findRolloutSummaries(sql`o.state in ('failed', 'rolled_back') and (o.ended_at > ${since} or exists (select 1 from target_hold h where h.target_id = o.target_id and h.lifted_at is null and (h.rollout_id = o.id or h.release_id = o.release_id))) and ${seenEnvironment(actor)}`, atMost(20))
export const findWaiting = (actor: Actor) => findPromotionSummaries(sql`p.state in ('pending', 'ready') and ${seenEnvironment(actor)}`, atMost(100))
/** Passed by break-glass, and nobody else has looked at that. */
export const findOverridden = (actor: Actor) => findPromotionSummaries(sql`p.override is not null and p.override -> 'reviewedAt' = 'null'::jsonb and ${seenEnvironment(actor)}`, atMost(20))

/** Steps on the way of a rollout, its passing verdicts, and sign-ins: they stand in its own events and in the audit log. */
const quietVerb = sql`'^(session[.]|promotion[.](rolling_out|ready)$|rollout[.](started|candidate|deploy_[a-z_]+|traffic_[a-z_]+|step_started|verify_tried|verdict)$)'`
const quietStep = sql`'^step [0-9]+: (deploy|verify):'`
/** What is looked through: in a burst of steps the last thing that somebody did may be further back, and is left to the audit log. */
const lookedAt = 300
const activityAtMost = 12

export type ActivityRow = { id: string; chain: string; seq: number; at: Date; actorKind: string; actorId: string | null; actorName: string; verb: string; subjectKind: string; subjectId: string; reason: string | null; message: string; requestId: string | null; hash: string }

/** The newest rows of the audit log that tell something; `visible` says which rows may be seen. */
export const findActivity = (visible: { all: true } | { all: false; chains: string[]; subjects: string[] }): Promise<ActivityRow[]> =>
  read<ActivityRow>(sql`
    select id, chain, seq, at, actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName", verb, subject_kind as "subjectKind", subject_id as "subjectId", reason, message, request_id as "requestId", hash
    from (select * from audit_event where ${visible.all ? sql`true` : sql`(chain = any(${visible.chains}::text[]) or subjects && ${visible.subjects}::text[])`} order by at desc, seq desc, id desc ${atMost(lookedAt)}) newest
    where verb !~ ${quietVerb} and not (verb = 'rollout.step_passed' and message ~ ${quietStep})
    order by at desc, seq desc, id desc ${atMost(activityAtMost)}`)
