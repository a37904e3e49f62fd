import type { BlueprintModel } from '#lib/blueprints/model.ts'
import type { Dice } from '#prisma/seed/random.ts'
import type { StoryPromotion, StoryRelease } from '#prisma/seed/story.ts'

/** Still open when the demo starts: waits for an approval, or has it and is carried out by the worker. */
export type StoryOpen = Pick<StoryPromotion, 'release' | 'environment' | 'requestedMs' | 'approval'> & { reason: string }
export type Late = { release: StoryRelease; promotions: StoryPromotion[]; open: StoryOpen | null }

const minute = 60_000
const hour = 60 * minute

/** The last release of an application, made the day before, and what became of it. */
type Plot = {
  note: string
  author: string
  services?: readonly string[]
  beforeMidnightMs: number
  /** agreed: approved just now, so it starts with the demo. waiting: asked for, nobody decided. errors: a rule took it back, and its hold is in force. */
  production: 'agreed' | 'waiting' | 'errors'
  reason: string
}
const plots: Readonly<Record<string, Plot>> = {
  convergence: { note: 'Monthly usage per tenant as a table that finance can query\n\nCounts requests and rows from the quota table once a night. No migration; the old report stays until January.', author: 'ines@example.test', beforeMidnightMs: 9 * hour, production: 'waiting', reason: 'Finance closes the month with these numbers' },
  'genai-platform': { note: 'Extracted votes are exported as CSV, with the page of the form in each row\n\nThe button is new, what it calls is live since the last release.', author: 'tomas@example.test', services: ['frontend'], beforeMidnightMs: 8 * hour, production: 'agreed', reason: 'The count centre needs the export tomorrow morning' },
  haystack: { note: 'Each batch worker opens a database pool of its own\n\nRuns no longer wait for each other at the shared pool. Takes up to ten connections per worker.', author: 'noor@example.test', beforeMidnightMs: 5 * hour + 20 * minute, production: 'errors', reason: 'Overnight batches queue for a connection' },
}

/** Follows from the slug, the day's start, and for what has only just been approved from now. */
export function tellLate(model: BlueprintModel, before: readonly StoryRelease[], dayEndMs: number, startMs: number, dice: Dice): Late {
  const plot = plots[model.name]
  const last = before.at(-1)
  if (!plot || !last) throw new Error(`there is no story for the last day of ${model.name}`)
  const [, minor = '0'] = last.version.split('.')
  const atMs = dayEndMs - plot.beforeMidnightMs + dice.whole(0, 240) * 1000
  const release: StoryRelease = { version: `0.${Number(minor) + 1}.0`, note: plot.note, author: plot.author, services: plot.services ?? model.services.map((s) => s.name), atMs, veto: null }
  const [first, second] = model.environments
  const production = second ?? first
  if (!first || !production) throw new Error(`${model.name} has no environment`)
  const base = { release: before.length, approval: null, rolledBackAfterMs: null, holdStays: false }
  const staging = second ? [{ ...base, environment: first.name, requestedMs: atMs + 4 * minute, startMs: atMs + 4 * minute + 2000, ending: 'succeeded' as const, reason: null }] : []
  const asked = { release: before.length, environment: production.name, reason: plot.reason }
  switch (plot.production) {
    case 'errors':
      return { release, promotions: [...staging, { ...base, ...asked, requestedMs: atMs + 9 * minute, startMs: atMs + 9 * minute + 2000, ending: 'errors', holdStays: true }], open: null }
    case 'waiting':
      return { release, promotions: staging, open: { ...asked, requestedMs: atMs + 5 * hour + 40 * minute, approval: null } }
    case 'agreed':
      return { release, promotions: staging, open: { ...asked, requestedMs: startMs - 42 * minute, approval: { by: 'manager2', atMs: startMs - minute, comment: 'Tried the export in staging with three forms. Go.' } } }
  }
}
