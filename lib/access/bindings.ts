import 'server-only'
import { z } from 'zod'
import { type Actor, authorise, type RoleName } from '#lib/access/actor.ts'
import type { BindingView, listBindings as listEndpoint, putBindings } from '#lib/access/contract.ts'
import { requireEmail } from '#lib/access/email.ts'
import { roleText } from '#lib/access/words.ts'
import { record } from '#lib/audit/record.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { readCursor, writeCursor } from '#lib/platform/cursor.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'

const withNames = { person: true, application: true, environment: true } as const
type Row = { id: string; role: RoleName; person: { email: string }; application: { slug: string } | null; environment: { slug: string } | null }
const view = (b: Row): z.infer<typeof BindingView> => ({ id: b.id, person: b.person.email, role: b.role, application: b.application?.slug ?? null, environment: b.environment?.slug ?? null })

/** Bindings that hold where the actor may view: those for everything are everybody's to see. */
export async function listBindings(actor: Actor, input: Parsed<typeof listEndpoint>): Promise<Output<typeof listEndpoint>> {
  authorise(actor, 'view', null, 'see who has which role')
  const after = readCursor(input.cursor, z.tuple([z.string(), z.uuid()]))
  // Prisma leaves an empty condition out of an OR, so a role that holds everywhere must not become one.
  const places = actor.grants.some((g) => g.applicationId === null)
    ? null
    : actor.grants.flatMap((g) => (g.applicationId === null ? [] : [{ applicationId: g.applicationId, ...(g.environmentId && { environmentId: g.environmentId }) }]))
  const rows = await db.binding.findMany({
    where: { AND: [places ? { OR: [{ applicationId: null }, ...places] } : {}, ...(after ? [{ OR: [{ person: { email: { gt: after[0] } } }, { person: { email: after[0] }, id: { gt: after[1] } }] }] : [])] },
    include: withNames, orderBy: [{ person: { email: 'asc' } }, { id: 'asc' }], take: input.limit + 1,
  })
  const items = rows.slice(0, input.limit)
  const last = items.at(-1)
  return { items: items.map(view), nextCursor: rows.length > items.length && last ? writeCursor([last.person.email, last.id]) : null }
}

type Wanted = { role: RoleName; applicationId: string | null; environmentId: string | null }
const keyOf = (b: Wanted): string => `${b.role} ${b.applicationId ?? ''} ${b.environmentId ?? ''}`

/**
 * Makes a person's roles exactly these; an address nobody has yet becomes a person who can sign in later. Needs
 * administer at every place that changes. Refused when nobody would be left who administers everything.
 */
export async function replaceBindings(actor: Actor, input: Parsed<typeof putBindings>): Promise<Output<typeof putBindings>> {
  const email = requireEmail(input.person, 'person')
  return db.$transaction(async (tx) => {
    // One at a time: two admins who remove each other must not both succeed.
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtext('sluice bindings'))::text`
    const wanted = await resolve(tx, input.bindings)
    const known = await tx.person.findUnique({ where: { email }, include: { bindings: { include: withNames } } })
    const before = known?.bindings ?? []
    const added = [...wanted].filter(([key]) => !before.some((b) => keyOf(b) === key)).map(([, w]) => w)
    const removed = before.filter((b) => !wanted.has(keyOf(b)))
    for (const b of [...added, ...removed]) authorise(actor, 'administer', b, `change the role ${roleText(b.role)} of ${email}`)
    if (added.length === 0 && removed.length === 0) return { items: before.map(view), nextCursor: null }
    if (input.seen) refuseUnseen(email, before, input.seen)
    const person = known ?? (await tx.person.create({ data: { email, name: email.slice(0, email.indexOf('@')) } }))
    await tx.binding.deleteMany({ where: { id: { in: removed.map((b) => b.id) } } })
    await tx.binding.createMany({ data: added.map((w) => ({ ...w, personId: person.id })) })
    if (removed.some((b) => b.role === 'admin' && b.applicationId === null)) await requireAnAdmin(tx)
    const after = await tx.binding.findMany({ where: { personId: person.id }, include: withNames, orderBy: { createdAt: 'asc' } })
    const applications = [...new Set([...before, ...after].flatMap((b) => b.application?.slug ?? []))]
    await record(tx, {
      chain: '-', actor, verb: 'bindings.replace', subject: { kind: 'person', id: person.id }, also: applications.map((a) => `application:${a}`), atMs: await nowMs(tx),
      message: `Roles of ${email}: ${after.map(describe).join(', ') || 'none'}`, before: before.map(describe), after: after.map(describe),
    })
    return { items: after.map(view), nextCursor: null }
  })
}

/** What is replaced must be what was looked at: else a role that somebody gave meanwhile, or that was not shown, would be lost unseen. */
function refuseUnseen(email: string, before: readonly Row[], seen: readonly string[]): void {
  if (before.length === seen.length && before.every((b) => seen.includes(b.id))) return
  throw new AppError('conflict', `the roles of ${email} are not those that were shown: somebody changed them, or some were not listed. Look again and change those`, { field: 'seen' })
}

const describe = (b: Row): string => `${roleText(b.role)}${b.application ? ` in ${b.application.slug}${b.environment ? `/${b.environment.slug}` : ''}` : ''}`

/** Slugs to ids, each wrong one by its field; the same role twice counts once. */
async function resolve(tx: Tx, bindings: Parsed<typeof putBindings>['bindings']): Promise<Map<string, Wanted>> {
  const applications = await tx.application.findMany({ where: { slug: { in: bindings.flatMap((b) => b.application ?? []) } }, include: { environments: true } })
  const wanted = bindings.map((b, i): Wanted => {
    if (b.application === null) {
      if (b.environment !== null) throw invalid(`bindings.${i}.environment`, 'needs an application beside it')
      return { role: b.role, applicationId: null, environmentId: null }
    }
    const application = applications.find((a) => a.slug === b.application)
    if (!application) throw invalid(`bindings.${i}.application`, `there is no application ${b.application}`)
    const environment = b.environment === null ? null : application.environments.find((e) => e.slug === b.environment)
    if (environment === undefined) throw invalid(`bindings.${i}.environment`, `${b.application} has ${application.environments.map((e) => e.slug).join(', ') || 'no environments'}`)
    return { role: b.role, applicationId: application.id, environmentId: environment?.id ?? null }
  })
  return new Map(wanted.map((w) => [keyOf(w), w]))
}

const invalid = (field: string, message: string) => new AppError('invalid_input', `${field}: ${message}`, { field })

async function requireAnAdmin(tx: Tx): Promise<void> {
  const admins = await tx.binding.count({ where: { role: 'admin', applicationId: null, person: { disabledAt: null } } })
  if (admins === 0) throw refused('This would leave nobody who administers everything', [unmet('last_admin', 'give admin everywhere to another person first', 'admin')])
}
