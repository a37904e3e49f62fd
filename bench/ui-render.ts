import { page, type Product } from '#bench/ui-product.ts'
import { percentile, table } from '#bench/statistics.ts'

/** An address to time, and by which name it stands in the table. */
export type Timed = { name: string; url: string; cookie: string | null }

const warmUps = 10
const perRound = 20

/** `clients` ask at the same time, again and again; the arms take turns, round by round, so that what the machine does meanwhile hits all. */
async function time(arms: readonly Timed[], clients: number, requests: number): Promise<Map<string, number[]>> {
  const took = new Map<string, number[]>(arms.map((a) => [a.name, []]))
  const round = async ({ url, cookie }: Timed, count: number): Promise<number[]> => {
    const samples: number[] = []
    let left = count
    const client = async () => {
      while (left-- > 0) samples.push((await page(url, cookie)).ms)
    }
    await Promise.all(Array.from({ length: clients }, client))
    return samples
  }
  for (const arm of arms) await round(arm, warmUps)
  for (let done = 0; done < requests; done += perRound) for (const arm of arms) took.get(arm.name)?.push(...(await round(arm, Math.min(perRound, requests - done))))
  return took
}

/** Request to last byte of the page's HTML. The first arm is what the others are compared with. */
export async function measureRender(arms: readonly Timed[], requests: number): Promise<string> {
  const bytes = new Map<string, number>()
  for (const a of arms) bytes.set(a.name, (await page(a.url, a.cookie)).bytes)
  const rows: string[][] = []
  for (const clients of [1, 8]) {
    const took = await time(arms, clients, requests)
    const of = (name: string, percent: number) => percentile(took.get(name) ?? [], percent)
    const first = arms[0]?.name ?? ''
    for (const { name } of arms) rows.push([`${name}, ${clients === 1 ? '1 client' : `${clients} clients`}`, ...[50, 95].map((p) => of(name, p).toFixed(1)), ...[50, 95].map((p) => (of(name, p) / of(first, p)).toFixed(2)), ((bytes.get(name) ?? 0) / 1000).toFixed(1)])
  }
  return table(['server render', 'p50 ms', 'p95 ms', 'ratio p50', 'ratio p95', 'kB gzipped'], rows)
}

/** The pages timed: what is compared with comes first. */
export const timedPages = (product: Product, rolloutId: string): Timed[] => [
  { name: 'the bare page', url: `${product.bareUrl}/`, cookie: null },
  { name: 'a bare page of 500 rows', url: `${product.bareUrl}/rows`, cookie: null },
  { name: 'Overview', url: `${product.url}/`, cookie: product.manager },
  { name: 'Rollout', url: `${product.url}/rollouts/${rolloutId}`, cookie: product.manager },
]
