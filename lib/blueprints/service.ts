import 'server-only'
import { randomUUID } from 'node:crypto'
import { type Actor, authorise, can } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import type { applyBlueprint, BlueprintPlan, exportBlueprint, planBlueprint, StoredBlueprint, viewBlueprint } from '#lib/blueprints/contract.ts'
import { diffDocuments, type DocumentChange } from '#lib/blueprints/diff.ts'
import { toDocument, writeBlueprint } from '#lib/blueprints/document.ts'
import { hashOf } from '#lib/blueprints/hash.ts'
import { idleRoles, impossibleRules } from '#lib/blueprints/policy.ts'
import { carryHolds, holdsOnPlaces } from '#lib/blueprints/holds.ts'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { impossible, invalid, locatorTaken, planMoved, workIsOpen } from '#lib/blueprints/refusals.ts'
import { renameChanges, renameModel, renamesOf } from '#lib/blueprints/renames.ts'
import { planRows, type RowPlan } from '#lib/blueprints/rows.ts'
import { loadApplied, loadLocatorOwners, loadOpenPromotions, loadOpenWork, loadPolicyFacts, loadRows, loadStored, type Stored } from '#lib/blueprints/store.ts'
import { renameWarnings, warningsOf } from '#lib/blueprints/warnings.ts'
import { lockApplication, lockMoving, writeBlueprintRows } from '#lib/blueprints/write.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { transact } from '#lib/rollouts/transact.ts'

type Good = Extract<ReturnType<typeof readBlueprint>, { ok: true }>
type Considered = { read: Good; stored: Stored | null; rows: RowPlan; changes: DocumentChange[]; planHash: string; warnings: string[] }

/**
 * What applying this text would change. Needs `view` on the application; a name that is not there yet shows nothing of
 * anybody, so `view` anywhere will do. Refuses like `apply`: 400 with every problem by line and column, 422 for a policy
 * that nobody could meet, 409 for a place that belongs to another target.
 */
export async function plan(actor: Actor, input: Parsed<typeof planBlueprint>): Promise<BlueprintPlan> {
  authorise(actor, 'view', null, 'plan a blueprint')
  const read = readOrRefuse(input.yaml)
  const considered = await consider(actor, read, 'view')
  const open = await loadOpenWork(considered.rows)
  const blocked = open.map((o) => `apply is refused while ${o.label} has the open ${o.kind} ${o.id} (${o.state})`)
  return { ...answer(considered), warnings: [...blocked, ...considered.warnings], applied: false }
}

/**
 * Makes the text the application's blueprint, in one transaction: rows, audit, wake-ups. Needs `administer`. With a
 * `planHash` it refuses (409 plan_changed) when text, stored blueprint or its version differ from the planned ones. The same
 * blueprint again writes nothing, whatever its hash, so that a repeated call after a lost answer is safe.
 */
export async function apply(actor: Actor, input: Parsed<typeof applyBlueprint>): Promise<BlueprintPlan> {
  authorise(actor, 'administer', null, 'apply a blueprint')
  const read = readOrRefuse(input.yaml)
  try {
    return await transact((tx) => applyIn(tx, actor, read, input))
  } catch (error) {
    // Another application took the same locator between our look and our write.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw new AppError('conflict', 'another blueprint was applied at the same moment; plan again', { cause: error })
    throw error
  }
}

/** The applied blueprint as canonical YAML; it reads back to the same blueprint. */
export async function exportYaml(actor: Actor, input: Parsed<typeof exportBlueprint>): Promise<string> {
  const stored = await loadStored(input.app)
  if (!stored) throw new AppError('not_found', `there is no application ${input.app}`, { field: 'app' })
  authorise(actor, 'view', { applicationId: stored.id }, `see the blueprint of ${input.app}`)
  return writeBlueprint(stored.model)
}

/** The blueprint as it was applied, letter by letter, and who did that when. */
export async function view(actor: Actor, input: Parsed<typeof viewBlueprint>): Promise<StoredBlueprint> {
  const applied = await loadApplied(input.app)
  if (!applied) throw new AppError('not_found', `there is no application ${input.app}`, { field: 'app' })
  authorise(actor, 'view', { applicationId: applied.id }, `see the blueprint of ${input.app}`)
  const { yaml, blueprintHash: hash, version, event } = applied
  return { application: input.app, yaml, hash, version, applied: event && { at: event.at.toISOString(), by: event.actorName, message: event.message } }
}

/** `apply` inside the caller's transaction; the demo's history dates it and chooses the ids of new rows. */
export async function applyIn(tx: Tx, actor: Actor, read: Good, input: Parsed<typeof applyBlueprint>, demo: { atMs?: number; newId?: () => string } = {}): Promise<BlueprintPlan> {
  await lockApplication(tx, read.model.name)
  const considered = await consider(actor, read, 'administer', tx, demo.newId)
  if (considered.stored && considered.changes.length === 0 && considered.stored.retiredAt === null) return { ...answer(considered), applied: true }
  if (input.planHash !== undefined && input.planHash !== considered.planHash) throw planMoved(read.model.name)
  await lockMoving(tx, considered.rows)
  const open = await loadOpenWork(considered.rows, tx)
  if (open.length > 0) throw workIsOpen(read.model.name, open)
  await write(tx, actor, input.yaml, considered, demo.atMs ?? (await nowMs(tx)))
  return { ...answer(considered), applied: true }
}

const answer = ({ read, planHash, changes, warnings }: Considered): Omit<BlueprintPlan, 'applied'> => ({ planHash, application: read.model.name, changes, warnings })

function readOrRefuse(yaml: string): Good {
  const read = readBlueprint(yaml)
  if (!read.ok) throw invalid(read.problems)
  return read
}

async function consider(actor: Actor, read: Good, verb: 'view' | 'administer', reader: Tx | typeof db = db, newId: () => string = randomUUID): Promise<Considered> {
  const { model } = read
  const stored = await loadStored(model.name, reader)
  const place = stored ? { applicationId: stored.id } : verb === 'view' ? null : { applicationId: null }
  authorise(actor, verb, place, `${verb === 'view' ? 'plan' : 'apply'} the blueprint of ${model.name}`)
  const applicationId = stored?.id ?? null
  const present = await loadRows(applicationId, reader)
  const rows = planRows(model, present, newId)
  if (rows.problems.length > 0) throw invalid(rows.problems.map((p) => read.locate(p.path, p.message)))
  const facts = await loadPolicyFacts(applicationId, rows, reader)
  const unmeetable = impossibleRules(model, facts)
  if (unmeetable.length > 0) throw impossible(unmeetable.map((p) => read.locate(p.path, p.message)))
  const owners = await loadLocatorOwners(applicationId, rows, reader)
  if (owners.length > 0) throw locatorTaken(owners.map((o) => ({ key: o.key, owner: can(actor, 'view', { applicationId: o.applicationId }) ? `${o.application} / ${o.label}` : 'another application' })))
  const renames = renamesOf(rows, present)
  const changes = [...renameChanges(renames), ...diffDocuments(stored && toDocument(renameModel(stored.model, renames)), toDocument(model))]
  const planHash = hashOf({ model, blueprintHash: stored?.blueprintHash ?? null, version: stored?.version ?? 0 })
  return { read, stored, rows, changes, planHash, warnings: [...renameWarnings(rows), ...warningsOf(model), ...idleRoles(model, facts)] }
}

async function write(tx: Tx, actor: Actor, yaml: string, { read, stored, rows, changes }: Considered, atMs: number): Promise<void> {
  const { model } = read
  const held = await holdsOnPlaces(tx, stored?.id ?? null, rows)
  const { id, version } = await writeBlueprintRows(tx, { model, yaml, plan: rows, stored, atMs })
  for (const target of rows.targets) if (target.op !== 'keep') await wake(tx, 'target', target.id)
  for (const promotionId of await loadOpenPromotions(id, tx)) await wake(tx, 'promotion', promotionId)
  await publish(tx, 'application', id, version)
  // Last, since they lock the log's chain.
  await carryHolds(tx, actor, model.name, held, atMs)
  const touched = [...rows.targets.filter((t) => t.op !== 'keep'), ...rows.retireTargets]
  await record(tx, {
    chain: model.name,
    actor,
    verb: stored ? 'blueprint.apply' : 'application.create',
    subject: { kind: 'application', id: model.name },
    also: touched.map((t) => `target:${t.id}`),
    message: stored ? `applied a blueprint with ${changes.length === 1 ? '1 change' : `${changes.length} changes`} to ${model.title}` : `added the application ${model.title} with ${rows.targets.map((t) => t.label).join(', ')}`,
    before: stored && { blueprintHash: stored.blueprintHash, version: stored.version },
    after: { blueprintHash: hashOf(model), version, changes },
    atMs,
  })
}
