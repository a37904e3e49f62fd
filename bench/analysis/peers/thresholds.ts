import type { Arm, Rule, Totals } from '#bench/analysis/rule.ts'

/** Success rate of the candidate since the look before; 1 without requests. */
function successSinceLast(): (seen: Totals) => number {
  let before: Arm = { requests: 0, errors: 0 }
  return ({ candidate }) => {
    const requests = candidate.requests - before.requests
    const errors = candidate.errors - before.errors
    before = { ...candidate }
    return requests > 0 ? 1 - errors / requests : 1
  }
}

/**
 * Flagger as its tutorial sets it up: at least 99% success in each minute, the fifth failed check rolls back. Failed
 * checks add up over the whole analysis. The weight rises by 5 up to 50 at each passed check, so ten passed checks
 * promote. Here the candidate keeps its share meanwhile.
 * Source: docs.flagger.app, Istio canary deployments; fluxcd/flagger pkg/controller/scheduler.go (`advanceCanary`).
 */
export function flagger(): Rule {
  const start: Rule['start'] = () => {
    const success = successSinceLast()
    let [failed, passed] = [0, 0]
    return (seen) => {
      if (success(seen) < 0.99) failed++
      else passed++
      if (failed >= 5) return 'rollback'
      return passed >= 10 ? 'over' : 'watch'
    }
  }
  return { name: 'Flagger, 99% each minute, 5 failed', everySeconds: 60, start }
}

/**
 * Argo Rollouts as its documentation's example sets it up: at least 95% success in each five minutes, `failureLimit: 3`,
 * which the code reads as "more than three failed". The analysis runs in the background for as long as the rollout does.
 * Source: argo-rollouts, docs/features/analysis.md and analysis/analysis.go (`assessMetricFailureInconclusiveOrError`).
 */
export function argo(): Rule {
  const start: Rule['start'] = () => {
    const success = successSinceLast()
    let failed = 0
    return (seen) => {
      if (success(seen) < 0.95) failed++
      return failed > 3 ? 'rollback' : 'watch'
    }
  }
  return { name: 'Argo Rollouts, 95% each 5 min, limit 3', everySeconds: 300, start }
}
