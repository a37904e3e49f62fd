import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { findPrometheus } from '#scripts/prometheus.mjs'
import { freePort } from '#scripts/postgres.ts'
import { waitFor } from '#scripts/steps.ts'

export type LaunchedPrometheus = {
  url: string
  /** When it last scraped with success; 0 when not in the last minute. */
  scrapedMs: () => Promise<number>
  /** The sum over the newest samples of a selector. */
  total: (selector: string) => Promise<number>
  /** Ends the process, and what it kept goes with it. */
  stop: () => Promise<void>
}
type Options = {
  /** `host:port` of what it scrapes at /metrics; nothing when it only answers for what was recorded. */
  scrapes?: readonly string[]
  scrapeSeconds?: number
  /** OpenMetrics text with times, as of the past: what a server that ran then would have kept. */
  recorded?: string
  /** What it asks of readers: a name, and its password as bcrypt has it (prometheus.io/docs/guides/basic-auth). */
  users?: Readonly<Record<string, string>>
}

/** Starts a real Prometheus server as a process of its own, with a folder and a port of its own, and resolves when it answers. */
export async function launchPrometheus({ scrapes = [], scrapeSeconds = 1, recorded, users }: Options): Promise<LaunchedPrometheus> {
  const program = findPrometheus()
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-prometheus-'))
  const data = path.join(folder, 'data')
  const config = path.join(folder, 'prometheus.yml')
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ global: { scrape_interval: `${scrapeSeconds}s`, scrape_timeout: `${scrapeSeconds}s` }, scrape_configs: [{ job_name: 'router', static_configs: [{ targets: scrapes }] }] }))
  if (recorded !== undefined) fill(program, folder, data, recorded)
  const web = path.join(folder, 'web.yml')
  writeFileSync(web, JSON.stringify(users ? { basic_auth_users: users } : {}))
  const port = await freePort()
  const child = spawn(program, [`--config.file=${config}`, `--storage.tsdb.path=${data}`, '--storage.tsdb.retention.time=3650d', `--web.config.file=${web}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const endChild = () => child.kill('SIGKILL')
  process.once('exit', endChild)
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    process.off('exit', endChild)
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  try {
    await waitFor('Prometheus', 30_000, async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
      const { ok, status } = await fetch(`${url}/-/ready`)
      return ok || (users !== undefined && status === 401)
    })
  } catch (error) {
    await stop()
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said}`, { cause: error })
  }
  return {
    url,
    scrapedMs: async () => {
      const [up] = await asked(url, 'up[1m]')
      return 1000 * Number(up?.values?.findLast(([, value]) => value === '1')?.[0] ?? 0)
    },
    total: async (selector) => (await asked(url, selector)).reduce((sum, one) => sum + Number(one.value?.[1] ?? 0), 0),
    stop,
  }
}

type Result = { value?: [number, string]; values?: [number, string][] }
async function asked(url: string, query: string): Promise<Result[]> {
  const answer = (await (await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`)).json()) as { data: { result: Result[] } }
  return answer.data.result
}

/** Makes blocks of the past, as a server would have written them (prometheus.io/docs/prometheus/latest/storage, backfilling). */
function fill(program: string, folder: string, data: string, recorded: string): void {
  const file = path.join(folder, 'recorded.txt')
  writeFileSync(file, recorded)
  const made = spawnSync(path.join(path.dirname(program), 'promtool'), ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, data], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`promtool could not make blocks:\n${made.stderr}`)
  rmSync(file)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  await gone
}

/**
 * What a Prometheus keeps of scrapes, as OpenMetrics text: the answer of a scrape is added with its time and with the
 * labels that Prometheus sets. Metrics of one name stand together, as the format wants it.
 */
export class Recording {
  readonly #lines = new Map<string, string[]>()
  #timesMs: number[] = []

  add(exposition: string, atMs: number, instance = 'router:80'): void {
    this.#timesMs.push(atMs)
    for (const line of exposition.split('\n')) {
      const name = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{/.exec(line)?.[1]
      if (name === undefined) continue
      const value = line.slice(line.lastIndexOf(' ') + 1)
      const labelled = line.slice(0, line.lastIndexOf('}'))
      const lines = this.#lines.get(name) ?? []
      lines.push(`${labelled},job="router",instance="${instance}"} ${value} ${(atMs / 1000).toFixed(3)}`)
      this.#lines.set(name, lines)
    }
  }

  /** The times of the first and the last scrape. */
  span(): [number, number] {
    return [this.#timesMs[0] ?? 0, this.#timesMs.at(-1) ?? 0]
  }

  text(): string {
    return [...[...this.#lines.values()].flat(), '# EOF', ''].join('\n')
  }
}
