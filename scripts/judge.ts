/**
 * `npm run -s judge`: the judge of rollouts on a pipe. The first line of stdin is the setup, each further line one look; docs/judge.md says what
 * they hold. One line of JSON is printed per look. Exit code: 1 when a rule failed, 2 when the setup is wrong, else 0.
 */
import { type Judge, judge, type Judgement, type JudgeState, type Verdict } from '#lib/analysis/judge.ts'
import { SetupError } from '#lib/analysis/rule.ts'
import { readSetup } from '#scripts/judge-setup.ts'

/** Down, never up: 0.99996 must not be shown as the 1 that fails. */
const shown = (evidence: number | null): number | null => (evidence === null ? null : Math.floor(evidence * 1e4) / 1e4)

/** Of the feed as a whole, or else of the first rule that is at a loss. */
const causeOf = (said: Judgement) => said.cause ?? (said.verdict === 'error' ? said.verdicts.find((v) => v.cause !== undefined)?.cause : undefined)

function printed(t: unknown, said: Judgement): string {
  return JSON.stringify({
    t: typeof t === 'number' && Number.isFinite(t) ? t : null,
    verdict: said.verdict,
    cause: causeOf(said),
    rules: said.verdicts.map(({ name, verdict, evidence, reason }) => ({ name, verdict, evidence: shown(evidence), reason })),
    forecast: said.forecast && { requests: said.forecast.requests, ...(said.forecast.atLeast && { atLeast: true }) },
  })
}

/** One line of looks: what to print, and the state after it. */
function judgeLine(by: Judge, state: JudgeState, line: string): { out: string; said: Judgement } {
  let look: unknown
  try {
    look = JSON.parse(line)
  } catch {
    const said = by.unread(state, 'not JSON')
    return { out: printed(null, said), said }
  }
  const said = by.look(state, look)
  return { out: printed(typeof look === 'object' && look !== null && 't' in look ? look.t : null, said), said }
}

/** Whole lines of a stream, in the batches they arrive in, so that the answers to all that is there can be written at once. */
async function* lineBatches(input: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = ''
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield lines
  }
  if (rest !== '') yield [rest]
}

const write = (text: string): Promise<void> => new Promise((done, fail) => process.stdout.write(text, (err) => (err ? fail(err) : done())))

/** Reads all of stdin. @returns the exit code */
async function run(): Promise<number> {
  // The failed write itself is what ends the run; without a listener the event would end it with a trace.
  process.stdout.on('error', () => undefined)
  let by: Judge | null = null
  let state: JudgeState | null = null
  let verdict: Verdict = 'inconclusive'
  for await (const lines of lineBatches(process.stdin.setEncoding('utf8'))) {
    let out = ''
    for (const line of lines) {
      if (by === null || state === null) {
        by = judge(readSetup(line))
        state = by.start
        continue
      }
      if (line.trim() === '') continue
      const answer = judgeLine(by, state, line)
      state = answer.said.state
      verdict = answer.said.verdict
      out += `${answer.out}\n`
    }
    if (out !== '') await write(out)
  }
  if (by === null) readSetup('')
  return verdict === 'fail' ? 1 : 0
}

if (import.meta.main) {
  try {
    process.exitCode = await run()
  } catch (err) {
    if (err instanceof SetupError) {
      process.stderr.write(`judge: ${err.message}\n`)
      process.exitCode = 2
      process.stdin.destroy()
    } else if (err instanceof Error && 'code' in err && err.code === 'EPIPE') {
      // Whoever reads the answers has seen enough.
      process.stdin.destroy()
    } else throw err
  }
}
