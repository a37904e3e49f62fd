import 'server-only'
import { systemActor } from '#lib/access/actor.ts'
import { beginAttempt } from '#lib/access/attempts.ts'
import { normalEmail } from '#lib/access/email.ts'
import { decoyHash, verifyPassword } from '#lib/access/password.ts'
import { readSession } from '#lib/access/session.ts'
import { endSession, purgeAccess } from '#lib/access/store.ts'
import { record } from '#lib/audit/record.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'

/** Why a sign-in was refused; the sign-in page has a sentence for each. */
export type Refusal = 'wrong_password' | 'too_many_requests' | 'unusable_email' | 'disabled'
export type Outcome = { ok: true; personId: string } | { ok: false; why: Refusal }

/** Checks a demo account's password. An unknown account takes as long as a wrong password and gives the same answer. */
export async function checkPassword(given: { email: string; password: string; address: string }): Promise<Outcome> {
  const email = normalEmail(given.email)
  const attempt = await beginAttempt(given.address, email ?? given.email.toLowerCase().slice(0, 254))
  if (!attempt) return { ok: false, why: 'too_many_requests' }
  const person = email === null ? null : await db.person.findUnique({ where: { email } })
  const isRight = await verifyPassword(given.password.slice(0, 1000), person?.passwordHash ?? decoyHash)
  if (!person?.passwordHash || !isRight) return { ok: false, why: 'wrong_password' }
  await attempt.succeeded()
  return person.disabledAt ? { ok: false, why: 'disabled' } : { ok: true, personId: person.id }
}

/**
 * Lets in the person behind a verified address: makes the account at the first sign-in and gives admin to those the
 * setting SLUICE_ADMINS names, then and only then. Writes the sign-in to the audit log in the same transaction.
 */
export async function admitPerson(given: { email: string; isVerified: boolean; name: string | null; by: string }): Promise<Outcome> {
  const email = given.isVerified ? normalEmail(given.email) : null
  if (email === null) return { ok: false, why: 'unusable_email' }
  return db.$transaction(async (tx): Promise<Outcome> => {
    // Two first sign-ins at once must not both be first.
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtext(${`sluice person ${email}`}))::text`
    const known = await tx.person.findUnique({ where: { email } })
    if (known?.disabledAt) return { ok: false, why: 'disabled' }
    const isFirst = !known || (await tx.auditEvent.count({ where: { verb: 'session.start', subjects: { has: `person:${known.id}` } } })) === 0
    const name = given.name?.trim().slice(0, 200) || null
    const person = known ?? (await tx.person.create({ data: { email, name: name ?? email.slice(0, email.indexOf('@')) } }))
    if (known && isFirst && name) await tx.person.update({ where: { id: person.id }, data: { name } })
    const becomesAdmin = isFirst && env().SLUICE_ADMINS.includes(email)
    if (becomesAdmin) await tx.binding.create({ data: { personId: person.id, role: 'admin' } })
    const atMs = await nowMs(tx)
    await purgeAccess(tx, atMs)
    await record(tx, {
      chain: '-', actor: { ...systemActor(name ?? person.name), kind: 'person', id: person.id, email }, verb: 'session.start', subject: { kind: 'person', id: person.id }, atMs,
      message: `${email} signed in by ${given.by}${becomesAdmin ? ' and became admin, as SLUICE_ADMINS says' : ''}`, after: { by: given.by, ...(becomesAdmin && { role: 'admin' }) },
    })
    return { ok: true, personId: person.id }
  })
}

/** Ends one session for good, also for a copy of its cookie. Without a valid session there is nothing to end. */
export async function endSignIn(cookie: string | undefined): Promise<void> {
  const session = await readSession(cookie)
  if (session) await endSession(session.sessionId, new Date(session.expiresAtMs))
}
