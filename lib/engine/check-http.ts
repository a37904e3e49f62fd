import 'server-only'
import type { CheckResult } from '#lib/engine/facts.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { HttpCheck } from '#lib/rollouts/schema.ts'

const longestMs = 10_000

/**
 * One try of one check against an address that the provider gave for this target, used as given; no redirects are
 * followed. The answer's body is not read: a check is about status and time.
 */
export async function tryCheck(base: string, check: HttpCheck, nowMs: number): Promise<CheckResult> {
  const startedMs = performance.now()
  const done = (passed: boolean, detail: string): CheckResult => ({ name: check.name, passed, detail, at: isoOf(nowMs) })
  try {
    const res = await fetch(base.replace(/\/$/, '') + check.path, { method: check.method, headers: check.headers, redirect: 'manual', signal: AbortSignal.timeout(check.withinMs ?? longestMs) })
    await res.body?.cancel()
    const tookMs = Math.round(performance.now() - startedMs)
    const status = `${check.method} ${check.path} answered ${res.status} in ${tookMs} ms`
    if (!check.status.includes(res.status)) return done(false, `${status}; expected ${check.status.join(' or ')}`)
    if (check.withinMs !== null && tookMs > check.withinMs) return done(false, `${status}; expected within ${check.withinMs} ms`)
    return done(true, status)
  } catch (e) {
    const why = e instanceof Error ? (e.name === 'TimeoutError' ? `no answer within ${check.withinMs ?? longestMs} ms` : e.message) : String(e)
    return done(false, `${check.method} ${check.path}: ${why}`)
  }
}
