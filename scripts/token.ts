/** `npm run -s token -- <email>`: prints an API token of that account, for scripts and first steps. Needs only the database. */
import { systemActor } from '#lib/access/actor.ts'
import { normalEmail } from '#lib/access/email.ts'
import { issueToken } from '#lib/access/tokens.ts'
import { db, disconnect } from '#lib/platform/db/client.ts'
import { verbs } from '#lib/platform/endpoint.ts'
import { SettingError } from '#lib/platform/env.ts'

const lifeMs = 366 * 24 * 60 * 60 * 1000

function fail(line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

// The address of a database is all this needs; the other settings matter to the processes that serve.
if (process.env['DATABASE_URL']) {
  process.env['SLUICE_CLOUD'] ||= 'emulator'
  process.env['NEXTAUTH_SECRET'] ||= 'not used by this command'
}
const given = process.argv[2] ?? ''
const email = normalEmail(given)
if (email === null || process.argv.length > 3) fail('Usage: npm run -s token -- <email>, the address of an account, such as admin@example.test')

try {
  const person = await db.person.findUnique({ where: { email } })
  if (!person) fail(`There is no account ${email}: it is made by the first sign-in, or by giving it a role`)
  if (person.disabledAt) fail(`The account ${email} is disabled`)
  const { secret } = await db.$transaction((tx) => issueToken(tx, systemActor('npm run token'), { personId: person.id, name: 'npm run token', scopes: verbs, lifeMs, endsBy: null }))
  process.stdout.write(`${secret}\n`)
  await disconnect()
} catch (err) {
  if (err instanceof SettingError) fail(err.message)
  fail(`No token was made: the database did not answer as expected (${err instanceof Error ? (err.message.trim().split('\n').at(-1) ?? err.name) : String(err)})`)
}
