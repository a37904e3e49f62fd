import { result } from '#bench/analysis/goal.ts'
import { table } from '#bench/statistics.ts'
import type { Cause } from '#lib/analysis/feed.ts'
import type { RuleVerdict } from '#lib/analysis/judge.ts'
import { brokenLatencies, brokenLooks, firstIsGood, good, type GoodLook, setup, watch } from '#lib/analysis/testing/bad-feeds.ts'

const looks = Array.from({ length: 8 }, (_, i) => i + 1)

/** What four rules say to eight looks of such a feed, each of which would fail them if it were believed. */
function row(name: string, cause: Cause, broken: (look: GoodLook) => unknown, isMeant: (v: RuleVerdict) => boolean): string[] {
  const isFirstGood = firstIsGood.has(cause)
  const said = watch(setup, looks.map((t) => broken(good(t, isFirstGood ? { rate: 0, perLook: 100 } : {}))))
  const verdicts = said.slice(isFirstGood ? 1 : 0).flatMap((s) => s.verdicts.filter(isMeant))
  const of = (verdict: RuleVerdict['verdict']) => verdicts.filter((v) => v.verdict === verdict).length
  const named = verdicts.filter((v) => v.cause === cause).length
  return [name, cause, String(of('pass')), String(of('fail')), `${named} of ${verdicts.length}`, result({ 'passes ': { figure: of('pass'), atMost: 0 }, 'fails ': { figure: of('fail'), atMost: 0 }, 'named ': { figure: named, atLeast: Math.max(1, verdicts.length) } }, 0)]
}

/** Feeds that must never pass, never fail, and always be named. @returns the table; the same for every seed */
export function badFeeds(): string {
  const onLatency = (v: RuleVerdict) => v.name === 'latency' || v.name === 'slow'
  return table(
    ['feed', 'cause', 'passes', 'fails', 'cause named', 'result'],
    [...brokenLooks.map(([name, cause, broken]) => row(name, cause, broken, () => true)), ...brokenLatencies.map(([name, cause, broken]) => row(name, cause, broken, onLatency))],
  )
}
