import 'server-only'
import { z } from 'zod'
import { db } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { openPromotionStates } from '#lib/promotions/state.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'
import { any, fits, fitsRelease, foundDigest, inApplications, inEnvironments, namedReleases, rank, type Scope } from '#lib/search/conditions.ts'
import { type SearchKind, searchKinds } from '#lib/search/contract.ts'
import type { Words } from '#lib/search/words.ts'

export const maxOfKind = 8

const Facts = z.object({
  name: z.string().nullish(), application: z.string().nullish(), applicationTitle: z.string().nullish(), environment: z.string().nullish(), service: z.string().nullish(), target: z.string().nullish(),
  version: z.string().nullish(), commit: z.string().nullish(), digest: z.string().nullish(), state: z.string().nullish(), kind: z.string().nullish(), by: z.string().nullish(),
})
const Row = z.object({ kind: z.enum(searchKinds), id: z.string(), rank: z.number().int(), at: z.date().nullable(), facts: Facts })
export type Row = z.infer<typeof Row>

const { sql } = Prisma
type Sql = Prisma.Sql

const place = sql`'application', a.slug, 'applicationTitle', a.title, 'environment', e.slug, 'service', s.slug`
const ofTarget = sql`join environment e on e.id = t.environment_id join application a on a.id = e.application_id join service s on s.id = t.service_id`
const order = sql`order by rank, at desc nulls last, id limit ${maxOfKind + 1}`

function statements(w: Words, s: Scope): Record<SearchKind, Sql> {
  const ids = w.all.flatMap((word) => word.id ?? [])
  return {
    application: sql`select 'application' as kind, a.slug as id, ${rank(w, [sql`a.slug`, sql`a.title`])} as rank, a.created_at as at, jsonb_build_object('application', a.slug, 'name', a.title, 'by', a.owner) as facts
      from application a where a.retired_at is null and ${inApplications(s, sql`a.id`)} and ${fits(w, [sql`a.slug`, sql`a.title`, sql`a.owner`])}`,
    target: sql`select 'target', t.id::text, ${rank(w, [sql`s.slug`, sql`t.locator->>'service'`])} as rank, t.stable_since as at, jsonb_build_object(${place}, 'target', t.id, 'version', r.version)
      from target t ${ofTarget} left join release r on r.id = t.stable_release_id where t.retired_at is null and ${inEnvironments(s, sql`e`)} and ${fits(w, [sql`s.slug`, sql`'in'`, sql`e.slug`, sql`a.slug`, sql`a.title`, sql`t.locator->>'service'`, sql`t.locator->>'project'`], sql`t.id`)}`,
    revision: sql`select 'revision', v.name as id, ${rank(w, [sql`v.name`, sql`substring(v.name from '[0-9]{5}-[a-z]{3}$')`])} as rank, v.created_at as at, jsonb_build_object(${place}, 'target', t.id, 'version', r.version)
      from target_revision v join target t on t.id = v.target_id ${ofTarget} left join release r on r.id = v.release_id
      where v.deleted_at is null and t.retired_at is null and ${any(w.all.flatMap((word) => (word.numbered ? [sql`v.name ilike ${word.part}`] : [])))}
      and ${inEnvironments(s, sql`e`)} and ${fits(w, [sql`v.name`, sql`s.slug`, sql`e.slug`, sql`a.slug`, sql`a.title`])}`,
    release: sql`select 'release', r.id::text, ${rank(w, [sql`r.version`, sql`r.commit`, foundDigest(w), sql`substr(${foundDigest(w)}, 8)`])} as rank, r.created_at as at,
      jsonb_build_object('application', a.slug, 'applicationTitle', a.title, 'version', r.version, 'commit', r.commit, 'digest', ${foundDigest(w)}, 'state', r.state, 'by', r.author)
      from release r join application a on a.id = r.application_id
      where r.id in (${namedReleases(w)}) and ${inApplications(s, sql`a.id`)} and ${fitsRelease(w, [sql`r.version`, sql`a.slug`, sql`a.title`, sql`r.author`], sql`r.id`)}`,
    rollout: sql`select 'rollout', o.id::text, ${rank(w, [sql`r.version`, sql`s.slug`])} as rank, o.created_at as at, jsonb_build_object(${place}, 'target', t.id, 'version', r.version, 'state', o.state, 'kind', o.kind, 'by', o.created_by)
      from rollout o join target t on t.id = o.target_id ${ofTarget} left join release r on r.id = o.release_id
      where (o.state = any(${[...openRolloutStates]}::"RolloutState"[]) or o.id = any(${ids}::uuid[])) and ${inEnvironments(s, sql`e`)}
      and ${fitsRelease(w, [sql`r.version`, sql`s.slug`, sql`e.slug`, sql`a.slug`, sql`a.title`, sql`o.created_by`, sql`o.state`, sql`'rollout'`], sql`o.id`)}`,
    promotion: sql`select 'promotion', p.id::text, ${rank(w, [sql`r.version`, sql`r.commit`])} as rank, p.created_at as at, jsonb_build_object('application', a.slug, 'applicationTitle', a.title, 'environment', e.slug, 'version', r.version, 'state', p.state, 'by', p.requested_by)
      from promotion p join release r on r.id = p.release_id join environment e on e.id = p.environment_id join application a on a.id = e.application_id
      where p.id in (select id from promotion where release_id in (${namedReleases(w)}) union select id from promotion where state = any(${[...openPromotionStates]}::"PromotionState"[]) union select id from promotion where id = any(${ids}::uuid[]))
      and ${inEnvironments(s, sql`e`)} and ${fitsRelease(w, [sql`r.version`, sql`'to'`, sql`e.slug`, sql`a.slug`, sql`a.title`, sql`p.requested_by`, sql`replace(p.state::text, '_', ' ')`, sql`'promotion'`], sql`p.id`)}`,
    environment: sql`select 'environment', e.id::text, ${rank(w, [sql`e.slug`])} as rank, null::timestamptz as at, jsonb_build_object('application', a.slug, 'applicationTitle', a.title, 'environment', e.slug)
      from environment e join application a on a.id = e.application_id where e.retired_at is null and a.retired_at is null and ${inEnvironments(s, sql`e`)} and ${fits(w, [sql`e.slug`, sql`'of'`, sql`a.slug`, sql`a.title`])}`,
    person: sql`select 'person', p.id::text, ${rank(w, [sql`p.name`, sql`p.email`, sql`split_part(p.email, '@', 1)`])} as rank, p.created_at as at, jsonb_build_object('name', p.name, 'by', p.email)
      from person p where p.disabled_at is null and ${fits(w, [sql`p.name`, sql`p.email`])}
      and exists (select 1 from binding b where b.person_id = p.id and (b.application_id is null or ${s.everywhere} or b.application_id = any(${s.whole}::uuid[]) or b.environment_id = any(${s.environments}::uuid[])))`,
  }
}

/** One statement, whatever is there: at most nine rows of a kind, of which the ninth says that there are more. */
export async function findRows(w: Words, scope: Scope): Promise<Row[]> {
  const parts = Object.values(statements(w, scope)).map((statement) => sql`(${statement} ${order})`)
  return z.array(Row).parse(await db.$queryRaw(Prisma.join(parts, ' union all ')))
}
