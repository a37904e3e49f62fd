import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { type StoryOpen, tellLate } from '#prisma/seed/late.ts'
import type { DemoPerson } from '#prisma/seed/people.ts'
import { diceOf, type Dice } from '#prisma/seed/random.ts'
import { approvalComments, authors, wordsOf } from '#prisma/seed/words.ts'

/** How a promotion went. `slow` and `errors` are rolled back by a rule, `aborted` by a person out of a hold, `broken` fails its checks. */
export type Ending = 'succeeded' | 'errors' | 'slow' | 'aborted' | 'broken' | 'rejected' | 'cancelled'
export type StoryRelease = { version: string; note: string; author: string; services: readonly string[]; atMs: number; veto: { atMs: number; reason: string } | null }
export type StoryPromotion = {
  release: number
  environment: string
  requestedMs: number
  approval: { by: DemoPerson; atMs: number; comment: string | null } | null
  /** Null when it never started. */
  startMs: number | null
  ending: Ending
  /** A person pressed Roll back this long after it had succeeded. */
  rolledBackAfterMs: number | null
  /** Why it was asked for, as far as it was said. */
  reason: string | null
  /** Of one that a rule took back: nobody has lifted the hold. */
  holdStays: boolean
}
export type Story = { slug: string; beginMs: number; releases: StoryRelease[]; promotions: StoryPromotion[]; open: StoryOpen[] }

const minute = 60_000
const day = 86_400_000
export const historyDays = 90

/** What happens to which release; everything else goes well. By position, so that the story is the same every time. */
type Plot = { releases: number; production: Readonly<Record<number, Ending>>; staging: Readonly<Record<number, Ending>>; vetoed: number; regretted: number; /** Every so many releases one stays in staging. */ skipEvery: number }
const plots: Readonly<Record<string, Plot>> = {
  convergence: { releases: 32, production: { 5: 'errors', 9: 'rejected', 13: 'aborted', 20: 'slow', 24: 'cancelled' }, staging: { 3: 'broken', 15: 'broken' }, vetoed: 17, regretted: 27, skipEvery: 5 },
  haystack: { releases: 27, production: { 4: 'errors', 11: 'broken', 16: 'aborted' }, staging: {}, vetoed: 8, regretted: 22, skipEvery: 99 },
  'genai-platform': { releases: 29, production: { 6: 'errors', 12: 'rejected', 20: 'slow' }, staging: { 18: 'broken' }, vetoed: 22, regretted: 25, skipEvery: 3 },
}

/** The last 90 days of an application up to `dayEndMs`, the start of a UTC day, and what is open at `startMs`. Follows from the slug alone. */
export function tellStory(model: BlueprintModel, dayEndMs: number, startMs: number): Story {
  const plot = plots[model.name]
  if (!plot) throw new Error(`there is no story for ${model.name}`)
  const dice = diceOf(model.name)
  const beginMs = dayEndMs - historyDays * day
  const releases = tellReleases(model, plot, beginMs, dayEndMs, dice)
  const promotions = releases.flatMap((_, i) => tellPromotions(model, plot, releases, i, dice))
  const late = tellLate(model, releases, dayEndMs, startMs, diceOf(model.name, 'late'))
  return { slug: model.name, beginMs, releases: [...releases, late.release], promotions: [...promotions, ...late.promotions], open: late.open ? [late.open] : [] }
}

function tellReleases(model: BlueprintModel, plot: Plot, beginMs: number, dayEndMs: number, dice: Dice): StoryRelease[] {
  const words = wordsOf[model.name] ?? []
  const workdays = Array.from({ length: historyDays }, (_, i) => beginMs + i * day).filter((ms) => ![0, 6].includes(new Date(ms).getUTCDay()) && ms < dayEndMs)
  let [minor, patch] = [0, 0]
  return Array.from({ length: plot.releases }, (_, i): StoryRelease => {
    const word = words[i % words.length] ?? { step: 'patch', note: 'Maintenance' }
    if (word.step === 'minor') [minor, patch] = [minor + 1, 0]
    else patch += 1
    const dayMs = workdays[Math.floor(((i + 0.5) * workdays.length) / plot.releases)] ?? beginMs
    const atMs = dayMs + 8 * 60 * minute + dice.whole(0, 90 * 60) * 1000
    // The first release brings every service: the targets are made by it.
    const services = i === 0 ? model.services.map((s) => s.name) : (word.services ?? model.services.map((s) => s.name))
    const note = i < words.length ? word.note : `${word.note} (follow-up)`
    return { version: `0.${minor}.${patch}`, note, author: dice.pick(authors), services, atMs, veto: i === plot.vetoed ? { atMs: atMs + 90 * minute, reason: 'Wrong migration was packed into this image; do not ship it' } : null }
  })
}

function tellPromotions(model: BlueprintModel, plot: Plot, releases: readonly StoryRelease[], i: number, dice: Dice): StoryPromotion[] {
  const release = releases[i]
  const [first, second] = model.environments
  if (!release || !first) return []
  const isLast = i === releases.length - 1
  const production = second ?? first
  const shipped: StoryPromotion[] = []
  let askMs = release.atMs + dice.whole(2, 9) * minute
  if (second) {
    const ending = plot.staging[i] ?? 'succeeded'
    shipped.push({ release: i, environment: first.name, requestedMs: askMs, approval: null, startMs: askMs + 2000, ending, rolledBackAfterMs: null, reason: null, holdStays: false })
    const staysHere = plot.production[i] === undefined && i !== plot.regretted && i % plot.skipEvery === plot.skipEvery - 1
    if (ending !== 'succeeded' || release.veto || isLast || staysHere) return shipped
    askMs += dice.whole(35, 60) * minute
  } else if (release.veto) return shipped
  const ending = plot.production[i] ?? 'succeeded'
  const soakMs = Math.max(0, ...production.after.map((a) => a.soakMs))
  const needsApproval = production.approvals.length > 0
  const approval = needsApproval && ending !== 'cancelled' ? { by: dice.pick(['manager', 'manager2'] as const), atMs: askMs + dice.whole(6, 80) * minute, comment: ending === 'rejected' ? 'Not before the load test of the new limit.' : dice.pick(approvalComments) } : null
  // Staging takes its bake and its soak first; whichever of soak and approval is later opens the door.
  const soakedMs = second ? release.atMs + 25 * minute + soakMs + 10 * minute : askMs
  const starts = ending !== 'rejected' && ending !== 'cancelled'
  const startMs = starts ? Math.max(approval?.atMs ?? askMs, soakedMs) + 3000 : null
  return [...shipped, { release: i, environment: production.name, requestedMs: askMs, approval, startMs, ending, rolledBackAfterMs: i === plot.regretted ? 47 * minute : null, reason: null, holdStays: false }]
}
