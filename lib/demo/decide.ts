import { openPromotionStates, type PromotionState } from '#lib/promotions/state.ts'

type Link = { href: string; label: string }
export type Step = { key: 'release' | 'staging' | 'ask' | 'approve' | 'back'; title: string; text: string; account: string | null; state: 'done' | 'now' | 'to_come'; link: Link | null; passMinutes: number | null }
export type Guide = { steps: Step[]; again: Link | null; requested: boolean }
type Asked = { id: string; state: PromotionState; headline: string; isApproved: boolean; rollout: { id: string; headline: string } | null }
export type GuideFacts = {
  /** The image without its tag, as the blueprint names it. */
  repository: string
  /** The newest release of an image that fails requests. */
  release: { id: string; version: string } | null
  versions: readonly string[]
  staging: Asked | null
  production: Asked | null
  /** Whether staging had it as long as production asks for. */
  soak: { met: boolean; summary: string; opensAtMs: number | null }
  nowMs: number
}

export const guideApplication = 'convergence'
/** A tag by which the emulated service fails a share of its requests. */
export const failingTag = /-err\d/
const accounts = { developer: 'developer@example.test', manager: 'manager@example.test' } as const
const bakeMinutes = 10
const mostMinutes = 60

/** The address of the form, filled in; the version is the first that nobody took. */
function newRelease(f: GuideFacts): string {
  const n = Array.from({ length: f.versions.length + 1 }, (_, i) => i).find((i) => !f.versions.includes(`v1.3.${i}-err5`)) ?? 0
  const version = `v1.3.${n}-err5`
  return `/releases/new?${new URLSearchParams({ application: guideApplication, version, commit: '9d12ce81', image: `${f.repository}:${version}`, notes: 'Faster quota check. Nobody has noticed yet that it fails 5% of requests.' })}`
}

const isOpen = (a: Asked | null): boolean => openPromotionStates.some((s) => s === a?.state)
const words = (state: PromotionState) => state.replace('_', ' ')

function releaseStep(f: GuideFacts): Omit<Step, 'state'> {
  const base = { key: 'release' as const, title: 'Make a release that is bad', account: accounts.developer, passMinutes: null }
  if (f.release) return { ...base, text: `${f.release.version} is made. Its image fails 5% of requests, and nothing says so yet.`, link: { href: `/releases/${f.release.id}`, label: 'Open the release' } }
  return { ...base, text: 'The form is filled in. By its tag the image will fail 5% of requests; making a release ships nothing.', link: { href: newRelease(f), label: 'Fill in the release' } }
}

function stagingStep(f: GuideFacts): Omit<Step, 'state'> {
  const base = { key: 'staging' as const, title: 'Take it to staging', account: accounts.developer, passMinutes: null, link: null }
  if (!f.release) return { ...base, text: 'Staging asks nobody and has no rule on errors: it arrives there.' }
  const ask = { href: `/releases/${f.release.id}?do=promote-staging`, label: 'Promote to staging' }
  if (f.soak.met) return { ...base, text: 'It was at 100% in staging for as long as production asks.', link: f.staging && { href: `/promotions/${f.staging.id}`, label: 'Open the promotion' } }
  if (f.staging?.state === 'succeeded') {
    const left = f.soak.opensAtMs === null ? bakeMinutes : Math.ceil((f.soak.opensAtMs - f.nowMs) / 60_000)
    return { ...base, text: `It is in staging. Production wants it there for a while: ${f.soak.summary}. In a demo nobody has to wait.`, link: { href: `/promotions/${f.staging.id}`, label: 'Open the promotion' }, passMinutes: Math.min(mostMinutes, Math.max(1, left)) }
  }
  if (f.staging && isOpen(f.staging)) return { ...base, text: `${f.staging.headline}. It bakes for ${bakeMinutes} min; in a demo nobody has to wait.`, link: { href: `/promotions/${f.staging.id}`, label: 'Watch it' }, passMinutes: f.staging.state === 'rolling_out' ? bakeMinutes : null }
  return { ...base, text: f.staging ? `The last request was ${words(f.staging.state)}: ask again.` : 'Staging asks nobody and has no rule on errors: it arrives there.', link: ask }
}

function askStep(f: GuideFacts, isAsked: boolean): Omit<Step, 'state'> {
  const base = { key: 'ask' as const, title: 'Ask for production', account: accounts.developer, passMinutes: null }
  if (isAsked && f.production) return { ...base, text: 'The request is bound to these bytes, this config and this strategy.', link: { href: `/promotions/${f.production.id}`, label: 'Open the promotion' } }
  const text = f.production ? `The last request was ${words(f.production.state)}: ask again.` : 'You see what would change against what is live, and what it still waits for.'
  return { ...base, text, link: f.release && { href: `/releases/${f.release.id}?do=promote-production`, label: 'Ask for production' } }
}

function approveStep(f: GuideFacts, isApproved: boolean): Omit<Step, 'state'> {
  const base = { key: 'approve' as const, title: 'Approve it as somebody else', account: accounts.manager, passMinutes: null }
  const link = f.production && { href: `/promotions/${f.production.id}`, label: isApproved ? 'Open the promotion' : 'Review and approve' }
  return { ...base, text: isApproved ? 'A release manager agreed, who had not asked for it.' : 'Who asked cannot approve, and neither can the author: sign out and come back as the manager.', link }
}

function backStep(f: GuideFacts): Omit<Step, 'state'> {
  const base = { key: 'back' as const, title: 'Watch it come back', account: null, passMinutes: null }
  const { production: p } = f
  if (!p || !p.rollout) return { ...base, text: p?.isApproved ? p.headline : 'At 10% the rule “error spike” compares counts with its limit, and sends everything back by itself.', link: p && { href: `/promotions/${p.id}`, label: 'Open the promotion' } }
  const link = { href: `/rollouts/${p.rollout.id}`, label: p.state === 'rolled_back' ? 'See the counts' : 'Watch the rollout' }
  return { ...base, text: p.state === 'rolled_back' ? `${p.rollout.headline.replace(/[.]?$/, '.')} These bytes are refused here until a person lifts the hold.` : p.rollout.headline, link }
}

/** The guided path as it stands: what is done is read from what is there, whoever did it and wherever. */
export function guideOf(f: GuideFacts): Guide {
  const p = f.production
  const isAsked = p !== null && (isOpen(p) || p.state === 'rolled_back' || p.state === 'succeeded')
  const isApproved = isAsked && (p.isApproved || p.state === 'rolling_out' || !isOpen(p))
  const isBack = p?.state === 'rolled_back'
  const done = [f.release !== null, f.soak.met || isAsked, isAsked, isApproved, isBack]
  const now = done.findIndex((d) => !d)
  const steps = [releaseStep(f), stagingStep(f), askStep(f, isAsked), approveStep(f, isApproved), backStep(f)]
  return {
    steps: steps.map((s, i): Step => ({ ...s, state: i === now ? 'now' : done[i] ? 'done' : 'to_come', ...(i !== now && { passMinutes: null }), ...(i !== now && !done[i] && { link: null }) })),
    again: f.release ? { href: newRelease(f), label: isBack ? 'Again with another version' : 'Start anew' } : null,
    requested: isOpen(f.staging) || isOpen(p),
  }
}
