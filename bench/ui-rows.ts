import { systemActor } from '#lib/access/actor.ts'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { applyIn } from '#lib/blueprints/service.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'

export type Amount = { applications: number; servicesEach: number; releasesEach: number }
const revisionsEach = 12
const openInAll = 40

/**
 * Applications with services in staging and production, releases, a promotion and a rollout for each release, snapshots
 * of the size that Cloud Run's answers have. Rows of the seeded story are the pattern of what has many parts.
 */
export async function makeRows(amount: Amount): Promise<void> {
  for (let i = 0; i < amount.applications; i++) {
    const slug = `estate-${String(i).padStart(2, '0')}`
    const yaml = blueprintOf(slug, amount.servicesEach)
    const read = readBlueprint(yaml)
    if (!read.ok) throw new Error(`the benchmark's blueprint is broken: ${JSON.stringify(read.problems[0])}`)
    await db.$transaction((tx) => applyIn(tx, systemActor('benchmark'), read, { yaml }), { timeout: 60_000 })
  }
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`create temporary table estate on commit drop as
      select t.id as target_id, e.id as environment_id, e.slug as environment, a.id as application_id, a.slug as application, s.id as service_id, s.slug as service,
        row_number() over (partition by e.id order by s.position)::int - 1 as place
      from target t join environment e on e.id = t.environment_id join application a on a.id = e.application_id join service s on s.id = t.service_id where a.slug like 'estate-%'`
    await makeReleases(tx, amount)
    await makeRevisions(tx)
    await makeRollouts(tx)
    await makeEvents(tx)
  }, { timeout: 600_000 })
  await db.$executeRawUnsafe('analyze')
}

function blueprintOf(slug: string, services: number): string {
  const names = Array.from({ length: services }, (_, i) => `service-${String(i).padStart(2, '0')}`)
  const environment = (name: string) => `    - name: ${name}
      tier: ${name}
      strategy: straight
      targets:
${names.map((s) => `        - { service: ${s}, cloudRun: { project: ${slug}-${name}, region: europe-west1, service: ${s} }, metrics: { source: cloud-monitoring } }`).join('\n')}`
  return `apiVersion: sluice/v1
kind: Application
metadata: { name: ${slug}, title: Estate ${slug.slice(-2)}, owner: benchmark }
spec:
  services:
${names.map((s) => `    - { name: ${s}, kind: service, repository: europe-west1-docker.pkg.dev/${slug}/${s} }`).join('\n')}
  environments:
${['staging', 'production'].map(environment).join('\n')}
  strategies:
    - name: straight
      steps: [{ deploy: { tag: next } }, { setWeight: 100 }, { bake: 10m }]
      analysis:
        notEnoughData: { after: 30m, then: ask }
        cannotMeasure: { after: 10m, then: ask }
        rules: [{ name: error rate, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }, mode: rollback }]
`
}

/** One every few hours, each with the image of one service. */
async function makeReleases(tx: Tx, { releasesEach, servicesEach }: Amount): Promise<void> {
  await tx.$executeRaw`create temporary table shipped on commit drop as
    select gen_random_uuid() as release_id, x.*, n, ('1.' || (n / 20) || '.' || (n % 20)) as version, clock_timestamp() - (${releasesEach}::int - n) * interval '3 hours' as at,
      'sha256:' || encode(sha256((application || n)::bytea), 'hex') as digest
    from estate x cross join generate_series(1, ${releasesEach}::int) n where x.environment = 'production' and x.place = n % ${servicesEach}::int`
  await tx.$executeRaw`insert into release (id, application_id, version, commit, author, notes, evidence, created_by, created_at)
    select release_id, application_id, version, substr(md5(release_id::text), 1, 12), 'dora@example.test', 'Fixes and small things', '{"tests":"passed"}', 'dora', at from shipped`
  await tx.$executeRaw`insert into artifact (id, release_id, service_id, image, repository, tag, digest)
    select gen_random_uuid(), release_id, service_id, 'europe-west1-docker.pkg.dev/' || application || '/' || service || ':' || version, 'europe-west1-docker.pkg.dev/' || application || '/' || service, version, digest from shipped`
}

/** What each target serves and has served; the newest is stable, and the snapshot says all of it. */
async function makeRevisions(tx: Tx): Promise<void> {
  await tx.$executeRaw`create temporary table revision on commit drop as
    select x.target_id, s.release_id, s.version, s.digest, s.at, x.service || '-' || lpad(s.nth::text, 5, '0') || '-' || substr(md5(s.release_id::text), 1, 3) as name,
      'europe-west1-docker.pkg.dev/' || x.application || '/' || x.service || '@' || s.digest as image, row_number() over (partition by x.target_id order by s.at desc)::int as age
    from estate x join (select *, row_number() over (partition by service_id order by at)::int as nth, row_number() over (partition by service_id order by at desc)::int as back from shipped) s
      on s.service_id = x.service_id and s.back <= ${revisionsEach}::int`
  await tx.$executeRaw`insert into target_revision (target_id, name, image, digest, release_id, proven, proven_at, ready, created_at)
    select target_id, name, image, digest, release_id, 'proven', at + interval '20 minutes', true, at from revision`
  await tx.$executeRaw`update target t set stable_revision = r.name, stable_release_id = r.release_id, stable_since = r.at, snapshot_at = clock_timestamp(),
      intended = jsonb_build_object('split', jsonb_build_object(r.name, 100), 'tags', '{}'::jsonb),
      snapshot = jsonb_build_object('split', jsonb_build_object(r.name, 100), 'revisions', s.revisions, 'observation', p.snapshot -> 'observation' || jsonb_build_object('split', jsonb_build_object(r.name, 100), 'image', r.image, 'latestReady', r.name, 'latestCreated', r.name,
        'traffic', jsonb_build_array(jsonb_build_object('revision', r.name, 'latest', false, 'percent', 100, 'tag', null, 'uri', null)), 'statuses', jsonb_build_array(jsonb_build_object('revision', r.name, 'latest', false, 'percent', 100, 'tag', null, 'uri', null))))
    from revision r, (select snapshot from target where snapshot -> 'observation' ->> 'exists' = 'true' limit 1) p,
      (select target_id, jsonb_agg(jsonb_build_object('name', name, 'image', image, 'digest', digest, 'createdAtMs', floor(extract(epoch from at) * 1000), 'ready', true, 'settled', true, 'message', null, 'labels', jsonb_build_object('sluice-rollout', gen_random_uuid()))) as revisions from revision group by target_id) s
    where r.target_id = t.id and r.age = 1 and s.target_id = t.id`
}

/** A promotion with a rollout to production for each release, after the pattern of a seeded one; the newest of some services are still under way. */
async function makeRollouts(tx: Tx): Promise<void> {
  await tx.$executeRaw`create temporary table going on commit drop as
    select s.*, gen_random_uuid() as promotion_id, gen_random_uuid() as rollout_id, r.name, r.image, row_number() over (partition by s.target_id order by s.at desc) = 1 and s.place < 2 as is_open,
      jsonb_build_object('revision', coalesce(r.name, 'gone-00001-abc'), 'digest', s.digest, 'image', coalesce(r.image, ''), 'releaseId', s.release_id, 'version', s.version) as arm
    from shipped s left join revision r on r.target_id = s.target_id and r.release_id = s.release_id`
  await tx.$executeRaw`update going set is_open = false where is_open and rollout_id not in (select rollout_id from going where is_open order by application, place limit ${openInAll}::int)`
  await tx.$executeRaw`insert into promotion (id, release_id, environment_id, state, requested_by_id, requested_by, reason, start, content, content_hash, plan, gates, created_at, started_at, ended_at, version)
    select g.promotion_id, g.release_id, g.environment_id, (case when is_open then 'rolling_out' else 'succeeded' end)::"PromotionState", p.requested_by_id, p.requested_by, p.reason, 'auto', p.content, p.content_hash, p.plan, p.gates, at, at, case when is_open then null else at + interval '20 minutes' end, 4
    from going g, (select * from promotion where state = 'succeeded' order by created_at limit 1) p`
  await tx.$executeRaw`insert into rollout (id, target_id, promotion_id, release_id, kind, state, hold_reason, plan, content_hash, steps, step_index, stable, candidate, desired_split, observed_split, observed_at, verdicts, created_by, created_by_id, version, created_at, started_at, ended_at)
    select g.rollout_id, g.target_id, g.promotion_id, g.release_id, 'promotion', (case when not is_open then 'succeeded' when place = 0 then 'held' else 'running' end)::"RolloutState",
      case when is_open and place = 0 then jsonb_build_object('code', 'not_enough_data', 'message', '14 of 50 requests, about 38 min at 10%', 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) end,
      p.plan, p.content_hash, p.steps, case when is_open then 1 else p.step_index end, p.stable, arm, jsonb_build_object(arm ->> 'revision', 100), jsonb_build_object(arm ->> 'revision', 100), at + interval '20 minutes', p.verdicts, p.created_by, p.created_by_id, 6, at, at, case when is_open then null else at + interval '20 minutes' end
    from going g, (select * from rollout where state = 'succeeded' and kind = 'promotion' and stable is not null order by created_at limit 1) p`
}

/** Three rows for each rollout. Their hashes are not a chain's: nothing here verifies them. */
async function makeEvents(tx: Tx): Promise<void> {
  await tx.$executeRaw`insert into audit_event (id, chain, seq, at, actor_kind, actor_name, verb, subject_kind, subject_id, subjects, message, previous_hash, hash)
    select gen_random_uuid(), application, 1000000 + row_number() over (partition by application order by at, k)::int, at + k * interval '5 minutes', 'rule', 'engine', verb, 'rollout', rollout_id::text,
      array['rollout:' || rollout_id, 'promotion:' || promotion_id, 'target:' || target_id, 'release:' || release_id], replace(message, '@', version), '-', '-'
    from going cross join (values (0, 'rollout.started', '@ was asked for in production'), (1, 'rollout.step_passed', 'step 2: setWeight: @ has 100%'), (2, 'rollout.succeeded', '@ serves 100% of production, read back')) as v (k, verb, message)`
}
