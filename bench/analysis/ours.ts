import type { Arm, Rule, Totals } from '#bench/analysis/rule.ts'
import type { EventTest } from '#lib/analysis/events.ts'
import { judge, type JudgeSetup } from '#lib/analysis/judge.ts'

/** Sluice's own rule on error events. `testOf` is asked once per rollout, since a test may first learn from the past. */
export function ours(testOf: () => EventTest, alpha: number, name = 'Sluice'): Rule {
  const threshold = Math.log(1 / alpha)
  const start: Rule['start'] = () => {
    const test = testOf()
    let evidence = test.start
    let [candidateBefore, stableBefore] = [0, 0]
    return ({ candidate, stable }) => {
      evidence = test.step(evidence, candidate.errors - candidateBefore, stable.errors - stableBefore)
      ;[candidateBefore, stableBefore] = [candidate.errors, stable.errors]
      // The best look so far: the rule acts at the first one over the line.
      return evidence.peak >= threshold ? 'rollback' : 'watch'
    }
  }
  return { name, everySeconds: 0, start }
}

/**
 * The whole judge with one error rule. Beside the test it goes on learning about bursts on stable while it looks, and it
 * withholds its verdict when requests do not arrive as the split says. A look is one tick of a second.
 * @param setupOf is asked once per rollout, for what was learned before it
 */
export function judged(setupOf: () => Omit<JudgeSetup, 'rules'>): Rule {
  const rules = [{ name: 'errors', compare: { metric: 'error_rate' as const } }]
  const start: Rule['start'] = () => {
    const one = judge({ ...setupOf(), rules })
    let { start: state } = one
    let t = 0
    let before: Totals = { candidate: { requests: 0, errors: 0 }, stable: { requests: 0, errors: 0 } }
    return ({ candidate, stable }) => {
      const since = (now: Arm, then: Arm) => ({ requests: now.requests - then.requests, errors: now.errors - then.errors, latency: [] })
      const judgement = one.look(state, { t: ++t, candidate: since(candidate, before.candidate), stable: since(stable, before.stable) })
      ;({ state } = judgement)
      before = { candidate: { ...candidate }, stable: { ...stable } }
      return judgement.verdict === 'fail' ? 'rollback' : 'watch'
    }
  }
  return { name: 'Sluice', everySeconds: 0, start }
}
