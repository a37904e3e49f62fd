import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readSession } from '#lib/access/session.ts'
import { endSignIn } from '#lib/access/sign-in.ts'
import { testPerson } from '#lib/access/testing/people.ts'
import { publish } from '#lib/engine/jobs.ts'
import { eventsHandler, openEvents } from '#lib/http/events.ts'
import { db, pool } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const application = async (slug: string) => db.application.create({ data: { slug, title: slug, owner: 'o', yaml: '', blueprint: {}, blueprintHash: '' } })
const [red, blue] = [await application('red'), await application('blue')]

/** Opens the stream as a person; `next` gives one event after another, `first` the answer itself. */
async function open(headers: Record<string, string>, handler = eventsHandler) {
  const stop = new AbortController()
  const res = await handler(new Request('http://127.0.0.1:3000/api/events', { headers, signal: stop.signal }))
  const reader = res.body?.getReader()
  let text = ''
  async function next(): Promise<Record<string, unknown> | null> {
    for (;;) {
      const found = /^data: (.*)\n\n/m.exec(text)
      if (found?.[1]) {
        text = text.slice(found.index + found[0].length)
        return JSON.parse(found[1]) as Record<string, unknown>
      }
      const part = await reader?.read()
      if (!part || part.done) return null
      text += new TextDecoder().decode(part.value)
    }
  }
  return { res, next, stop: () => stop.abort() }
}
const announce = (id: string, version: number) => db.$transaction((tx) => publish(tx, 'application', id, version))
const as = (p: { secret: string }) => ({ authorization: `Bearer ${p.secret}` })

/** The LISTEN is made when the first stream opens; until it hears, announcements are lost. */
async function heard(stream: Awaited<ReturnType<typeof open>>, id: string): Promise<void> {
  const marker = 1_000_000
  const first = stream.next()
  let isHeard = false
  void first.then(() => (isHeard = true))
  while (!isHeard) {
    await announce(id, marker)
    await new Promise((done) => setImmediate(done))
  }
}

test('tells what changes, and to each only what they may see', async () => {
  const [all, narrow] = [await testPerson('vera', ['viewer']), await testPerson('rita', ['viewer'], { applicationId: red.id })]
  const [wide, small] = [await open(as(all)), await open(as(narrow))]
  expect(wide.res.headers.get('content-type')).toBe('text/event-stream')
  await heard(wide, red.id)
  await heard(small, red.id)
  await announce(blue.id, 1)
  await announce(red.id, 2)
  const until = async (stream: typeof wide, version: number) => {
    const seen: unknown[] = []
    for (let e = await stream.next(); e; e = await stream.next()) {
      if (e['version'] !== 1_000_000) seen.push([e['id'], e['version']])
      if (e['version'] === version) break
    }
    return seen
  }
  expect(await until(wide, 2)).toEqual([[blue.id, 1], [red.id, 2]])
  expect(await until(small, 2)).toEqual([[red.id, 2]])
  wide.stop()
  small.stop()
})

test('a change is looked up once, however many streams ask whether their reader may see it', async () => {
  const narrow = await testPerson('rita', ['viewer'], { applicationId: red.id })
  const streams = await Promise.all(Array.from({ length: 20 }, () => open(as(narrow))))
  const allHear = (version: number) => Promise.all(streams.map(async (s) => {
    for (let e = await s.next(); e && e['version'] !== version; ) e = await s.next()
  }))
  for (const s of streams) await heard(s, red.id)
  await announce(red.id, 5)
  await allHear(5)
  let statements = 0
  const count = () => statements++
  pool.on('acquire', count)
  await announce(red.id, 6)
  await allHear(6)
  pool.off('acquire', count)
  for (const s of streams) s.stop()
  expect(statements).toBe(2) // the announcement itself and the one look-up
})

test.each([
  ['nobody', {}, 401],
  ['a wrong token', { authorization: 'Bearer slc_no' }, 401],
])('%s is refused', async (_, headers, status) => {
  expect((await open(headers)).res.status).toBe(status)
})

test('a person without a role, and another site with the cookie, are refused', async () => {
  expect((await open(as(await testPerson('nix')))).res.status).toBe(403)
  const vera = await testPerson('vera', ['viewer'])
  expect(await readSession(vera.cookie.split('=')[1])).not.toBeNull()
  expect((await open({ cookie: vera.cookie, 'sec-fetch-site': 'cross-site' })).res.status).toBe(403)
  const own = await open({ cookie: vera.cookie, 'sec-fetch-site': 'same-origin' })
  expect(own.res.status).toBe(200)
  own.stop()
})

test('fifty streams of one person are enough, and a closed one makes room', async () => {
  const vera = await testPerson(`vera-${randomUUID()}`, ['viewer'])
  const streams = await Promise.all(Array.from({ length: 50 }, () => open(as(vera))))
  expect((await open(as(vera))).res.status).toBe(429)
  streams[0]?.stop()
  const another = await open(as(vera))
  expect(another.res.status).toBe(200)
  for (const s of [...streams, another]) s.stop()
})

const hasty = (req: Request) => openEvents(req, 20)

test('a stream ends when its session does: signed out, disabled, or without a role', async () => {
  const end = {
    out: async (p: { id: string; cookie: string }) => endSignIn(p.cookie.split('=')[1]),
    disabled: async (p: { id: string }) => db.person.update({ where: { id: p.id }, data: { disabledAt: new Date() } }),
    roleless: async (p: { id: string }) => db.binding.deleteMany({ where: { personId: p.id } }),
  }
  for (const [name, how] of Object.entries(end)) {
    const person = await testPerson(name, ['viewer'])
    const stream = await open({ cookie: person.cookie }, hasty)
    await how(person)
    expect(await stream.next(), name).toBeNull()
  }
})
