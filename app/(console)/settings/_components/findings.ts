import type { MarkKind } from '#components/ui/mark.tsx'
import type { ConnectedProject } from '#lib/connections/contract.ts'
import type { Finding } from '#lib/connections/schema.ts'
import { countText } from '#lib/platform/words.ts'

export const findingMarks = { ok: ['pass', 'Read'], missing: ['fail', 'Missing'], cannot_tell: ['error', 'Cannot tell'], not_needed: ['skipped', 'Not needed'] } satisfies Record<Finding['state'], [MarkKind, string]>

export type Sum = { targets: number; unchecked: number; missing: number; cannotTell: number; /** Targets of which Google said that they could be written. */ writable: number; checkedAt: string | null }

/** Over all projects: how many targets lack something, how many could not be asked, and the oldest check. */
export function sum(projects: readonly ConnectedProject[]): Sum {
  const targets = projects.flatMap((p) => p.targets)
  const having = (state: Finding['state']) => targets.filter((t) => t.checked?.findings.some((f) => f.state === state)).length
  const writable = targets.filter((t) => t.checked?.findings.some((f) => f.kind === 'write' && f.state === 'ok')).length
  return { writable, targets: targets.length, unchecked: targets.filter((t) => !t.checked).length, missing: having('missing'), cannotTell: having('cannot_tell'), checkedAt: targets.flatMap((t) => t.checked?.at ?? []).toSorted()[0] ?? null }
}

/** The sentence above the list. */
export function said(s: Sum): { kind: MarkKind; word: string; text: string } {
  if (s.missing > 0) return { kind: 'fail', word: 'Something is missing', text: `${countText(s.missing, 'target lacks', 'targets lack')} something that a rollout will need.` }
  if (s.cannotTell > 0) return { kind: 'error', word: 'Cannot tell', text: `${countText(s.cannotTell, 'target', 'targets')} could not be asked.` }
  if (s.unchecked > 0) return { kind: 'todo', word: 'Not checked', text: s.unchecked === s.targets ? 'Nothing was tried yet.' : `${countText(s.unchecked, 'target was', 'targets were')} not tried yet.` }
  return { kind: 'pass', word: 'Works', text: `All ${s.targets} targets could be read, and ${s.writable === s.targets ? 'written' : `${s.writable} of them written`} if a release needs it.` }
}
