import 'server-only'
import { authorise, type Actor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { transact } from '#lib/rollouts/transact.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import type { listReleases as listEndpoint, ReleaseView, vetoRelease } from '#lib/releases/contract.ts'
import { isId } from '#lib/platform/id.ts'
import { pageArgs, pageOf, withCursor } from '#lib/releases/page.ts'
import { canRelease, releaseStates, type ReleaseAction, type ReleaseState } from '#lib/releases/state.ts'
import { findRelease, listReleases, lockRelease, type ReleaseRow } from '#lib/releases/store.ts'
import { releaseOf, releaseView } from '#lib/releases/view.ts'
import { visibleApplications, maySee } from '#lib/releases/visible.ts'
import { holdForVeto } from '#lib/rollouts/supersede.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'

export { create } from '#lib/releases/create.ts'

/** Releases that the actor may see, newest first; `q` finds in version, commit and digest. */
export async function list(actor: Actor, input: Parsed<typeof listEndpoint>): Promise<Output<typeof listEndpoint>> {
  const visible = visibleApplications(actor)
  const conditions: Prisma.ReleaseWhereInput[] = []
  if (visible !== 'all') conditions.push({ applicationId: { in: visible } })
  if (input.application !== undefined) conditions.push({ application: { slug: input.application } })
  if (input.state !== undefined) conditions.push({ state: stateOf(input.state) })
  const q = input.q?.trim()
  if (q) conditions.push({ OR: [{ version: { contains: q, mode: 'insensitive' } }, { commit: { startsWith: q.toLowerCase() } }, { artifacts: { some: { digest: { contains: q.toLowerCase() } } } }] })
  const { rows, nextCursor } = pageOf(await listReleases(withCursor<Prisma.ReleaseWhereInput>({ AND: conditions }, input.cursor), { sort: input.sort, page: pageArgs(input) }), input.limit)
  return { items: rows.map(releaseOf), nextCursor }
}

function stateOf(text: string): ReleaseState {
  const state = releaseStates.find((s) => s === text)
  if (!state) throw new AppError('invalid_input', `state must be one of ${releaseStates.join(', ')}`, { field: 'state' })
  return state
}

const notFound = (id: string) => new AppError('not_found', `there is no release ${id}`)

async function load(tx: Tx, actor: Actor, id: string): Promise<ReleaseRow> {
  const row = isId(id) ? await findRelease(tx, id) : null
  // What may not be seen is not there: ids of others tell nothing.
  if (!row || !maySee(actor, row.applicationId)) throw notFound(id)
  return row
}

/** One release with where it is, by the last snapshots. */
export const view = async (actor: Actor, input: { id: string }): Promise<ReleaseView> => releaseView(actor, await load(db, actor, input.id))

type Change = Parsed<typeof vetoRelease>

/** Refuses every further start of this release and holds its open rollouts; the answer warns where it is live. */
export const veto = (actor: Actor, input: Change): Promise<ReleaseView> => change(actor, input, 'veto')
/** Takes a veto back. Held rollouts go on only when a person acts on them. */
export const unveto = (actor: Actor, input: Change): Promise<ReleaseView> => change(actor, input, 'unveto')
/** Withdraws a release for good; its waiting promotions end, its open rollouts are held. */
export const abandon = (actor: Actor, input: Change): Promise<ReleaseView> => change(actor, input, 'abandon')

const becomes = { veto: 'vetoed', unveto: 'active', abandon: 'abandoned' } as const satisfies Record<ReleaseAction, ReleaseState>
const past = { veto: 'vetoed', unveto: 'took back the veto of', abandon: 'abandoned' } as const satisfies Record<ReleaseAction, string>

async function change(actor: Actor, input: Change, action: ReleaseAction): Promise<ReleaseView> {
  await transact((tx) => changeIn(tx, actor, input, action))
  return view(actor, input)
}

async function changeIn(tx: Tx, actor: Actor, input: Change, action: ReleaseAction): Promise<void> {
  if (!isId(input.id)) throw notFound(input.id)
  await lockRelease(tx, input.id)
  const row = await load(tx, actor, input.id)
  authorise(actor, 'approve', { applicationId: row.applicationId }, `${action} releases of ${row.application.slug}`)
  const to = becomes[action]
  if (row.state === to) return
  if (!canRelease(action, row.state)) throw new AppError('conflict', `${action} is not possible: ${row.version} is ${row.state}`)
  const atMs = await nowMs(tx)
  await tx.release.update({ where: { id: row.id }, data: { state: to, stateReason: to === 'active' ? null : input.reason } })
  if (to !== 'active') await holdForVeto(tx, row.id, actor, to === 'abandoned' ? `abandoned for good: ${input.reason}` : input.reason, atMs)
  else for (const { id } of await tx.rollout.findMany({ where: { releaseId: row.id, state: { in: [...openRolloutStates] } }, select: { id: true } })) await wake(tx, 'rollout', id)
  // Waiting promotions say so, start, or end: their worker looks again.
  const waiting = await tx.promotion.findMany({ where: { releaseId: row.id, state: { in: ['pending', 'ready'] } }, select: { id: true } })
  for (const promotion of waiting) await wake(tx, 'promotion', promotion.id)
  await publish(tx, 'release', row.id, 0)
  await record(tx, {
    chain: row.application.slug,
    actor,
    verb: `release.${action}`,
    subject: { kind: 'release', id: row.id },
    also: [`application:${row.application.slug}`, ...waiting.map((p) => `promotion:${p.id}`)],
    reason: input.reason,
    message: `${actor.name} ${past[action]} release ${row.version}`,
    before: { state: row.state },
    after: { state: to },
    atMs,
  })
}
