import { type Decision, type Facts, runOf } from '#lib/engine/facts.ts'
import type { HttpCheck } from '#lib/rollouts/schema.ts'

/** Tries of one check are this far apart (blueprint contract). */
const retryMs = 1_000

/** All checks pass, or one has used its tries. A check that passed once is not asked again. */
export function decideVerify(f: Facts, checks: readonly HttpCheck[]): Decision {
  if (checks.length === 0) return { kind: 'skip', message: 'the suite has no checks' }
  const results = f.checks ?? []
  const open = checks.filter((c) => !results.some((r) => r.name === c.name && r.passed))
  if (open.length === 0) return { kind: 'pass', message: `${checks.length} of ${checks.length} checks passed` }
  const triesMade = (runOf(f)?.tries.length ?? 0) + 1
  const spent = open.filter((c) => triesMade >= c.attempts)
  if (spent.length === 0) return { kind: 'checksFailed', retryAtMs: f.nowMs + retryMs }
  const first = results.find((r) => r.name === spent[0]?.name)
  const message = `verify: "${spent[0]?.name ?? ''}" failed after ${triesMade} ${triesMade === 1 ? 'try' : 'tries'}: ${first?.detail ?? 'no answer'}`
  return { kind: 'fail', message: spent.length > 1 ? `${message} (and ${spent.length - 1} more)` : message }
}
