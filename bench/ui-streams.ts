import http from 'node:http'
import type pg from 'pg'
import type { Product } from '#bench/ui-product.ts'
import { newReader } from '#bench/ui-product.ts'
import type { Statements } from '#bench/ui-statements.ts'
import { percentile, table } from '#bench/statistics.ts'
import { db } from '#lib/platform/db/client.ts'
import { waitFor } from '#scripts/steps.ts'

const perPerson = 50
const patienceMs = 60_000

/** One change as the product commits it: the row and its notification in one statement. Answers the version that it gave. */
export async function commit(client: pg.Client, rolloutId: string, message: string): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `with changed as (update rollout set version = version + 1, hold_reason = jsonb_set(hold_reason, '{message}', to_jsonb($2::text)) where id = $1::uuid returning version)
     select version, pg_notify('sluice', json_build_object('topic', 'rollout', 'id', $1::text, 'version', version)::text) from changed`,
    [rolloutId, message],
  )
  if (!rows[0]) throw new Error(`there is no rollout ${rolloutId}`)
  return rows[0].version
}

type Streams = { heard: (version: number) => number; close: () => void }

/** Event streams that stay open, each remembering the newest version it heard of. */
async function openStreams(product: Product, cookies: readonly string[]): Promise<Streams> {
  const newest: number[] = []
  let opened = 0
  const requests = cookies.flatMap((cookie, person) =>
    Array.from({ length: perPerson }, (_, nth) => {
      const own = person * perPerson + nth
      newest[own] = -1
      const req = http.get(`${product.url}/api/events`, { agent: false, headers: { cookie } }, (res) => {
        if (res.statusCode !== 200) throw new Error(`a stream was answered ${res.statusCode}`)
        opened += 1
        res.setEncoding('utf8').on('data', (text: string) => {
          for (const [, version] of text.matchAll(/"version":(\d+)/g)) newest[own] = Math.max(newest[own] ?? -1, Number(version))
        })
        // Ends when we hang up; there is nothing to tell then.
        res.on('error', () => undefined)
      })
      req.on('error', (error) => {
        if (!req.destroyed) throw error
      })
      return req
    }),
  )
  await waitFor(`${requests.length} streams`, patienceMs, () => Promise.resolve(opened === requests.length))
  return { heard: (version) => newest.filter((v) => v >= version).length, close: () => requests.forEach((req) => req.destroy()) }
}

/** Each stream asks every 30 s whether its session still holds: that is by the clock, not by the commit. */
const isRecheck = (statement: string) => statement.includes('ended_session')

/** What a commit costs the web process with `streams` open, for readers of everything and for readers of one application. */
export async function measureStreams(product: Product, statements: Statements, rolloutId: string, streams: number, commits: number): Promise<string> {
  const { target } = await db.rollout.findUniqueOrThrow({ where: { id: rolloutId }, select: { target: { select: { environment: { select: { applicationId: true } } } } } })
  const arms = [['who may view everything', null], ['who may view one application', target.environment.applicationId]] as const
  const rows: string[][] = []
  for (const [name, applicationId] of arms) {
    const people = await Promise.all(Array.from({ length: Math.ceil(streams / perPerson) }, () => newReader('viewer', applicationId)))
    const open = await openStreams(product, people)
    const all = people.length * perPerson
    const counts: number[] = []
    let rechecks = 0
    for (let i = 0; i <= commits; i++) {
      const seen = await statements.during(async () => {
        const version = await commit(statements.client, rolloutId, `change ${i}`)
        await waitFor('every stream to hear of it', patienceMs, () => Promise.resolve(open.heard(version) === all))
      })
      // The first finds connections cold.
      if (i === 0) continue
      rechecks += seen.filter(isRecheck).length
      counts.push(seen.filter((s) => !isRecheck(s)).length)
    }
    open.close()
    rows.push([`${all} streams of people ${name}`, percentile(counts, 50).toString(), Math.max(...counts).toString(), rechecks.toString()])
  }
  return table(['statements per commit', 'median', 'most', `session checks beside ${commits} commits`], rows)
}
