import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { seenApplication, seenEnvironment } from '#lib/access/seen.ts'
import type { FrameView } from '#lib/frame/contract.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'

type Row = FrameView['applications'][number] & { moving: number; waiting: number }

/** Applications with what is up in each, among the targets that this actor may view. */
export const findFrame = (actor: Actor): Promise<Row[]> =>
  read<Row>(Prisma.sql`
    with up as (
      select e.application_id, bool_or(o.state = 'held') as held, bool_or(t.drift is not null) as drifted, count(o.id)::int as moving
      from target t join environment e on e.id = t.environment_id
        left join rollout o on o.target_id = t.id and o.state in ('pending', 'running', 'paused', 'held', 'rolling_back')
      where t.retired_at is null and e.retired_at is null and (o.id is not null or t.drift is not null or t.snapshot_error is not null) and ${seenEnvironment(actor)}
      group by e.application_id)
    select a.slug, a.title, case when held then 'held' when drifted then 'drifted' when moving > 0 then 'moving' when up.application_id is not null then 'unreadable' end as mark, coalesce(moving, 0) as moving,
      (select count(*)::int from promotion p join environment e on e.id = p.environment_id where p.state in ('pending', 'ready') and ${seenEnvironment(actor)}) as waiting
    from application a left join up on up.application_id = a.id where ${seenApplication(actor)} order by a.slug`)
