import { rolesOpen } from '#components/access/may.ts'
import type { IconName } from '#components/ui/icon.tsx'
import type { Me } from '#lib/access/contract.ts'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { Found, SearchKind } from '#lib/search/contract.ts'

/** One line of the palette: goes to an address, or does something. */
export type Entry = {
  id: string
  title: string
  detail?: string
  icon: IconName
  keys?: string | null
  found?: Found
} & ({ href: string } | { run(): void })
export type Section = { title: string; entries: readonly Entry[] }

const icons: Record<SearchKind, IconName> = { application: 'apps', target: 'pin', revision: 'image', release: 'release', rollout: 'rollout', promotion: 'promote', environment: 'chevron', person: 'audit' }
const titles: Record<SearchKind, string> = { application: 'Applications', target: 'Targets', revision: 'Revisions', release: 'Releases', rollout: 'Rollouts', promotion: 'Promotions', environment: 'Environments', person: 'People, and what they did' }

const addresses: Record<SearchKind, (f: Found) => string> = {
  application: (f) => `/applications/${f.id}`,
  target: (f) => `/targets/${f.id}`,
  revision: (f) => `/targets/${f.target}`,
  release: (f) => `/releases/${f.id}`,
  rollout: (f) => `/rollouts/${f.id}`,
  promotion: (f) => `/promotions/${f.id}`,
  environment: (f) => `/applications/${f.application}#${f.environment}`,
  person: (f) => `/audit?actor=${encodeURIComponent(f.title)}`,
}
const entryOf = (f: Found): Entry => ({ id: `${f.kind} ${f.target ?? ''} ${f.id}`, title: f.title, detail: f.detail, icon: icons[f.kind], found: f, href: addresses[f.kind](f) })

/** What was found, a section for each kind, the kind with the best find first. */
export const foundSections = (items: readonly Found[], more: readonly SearchKind[]): Section[] =>
  [...new Set(items.map((f) => f.kind))].map((kind) => ({ title: more.includes(kind) ? `${titles[kind]}, the first of more` : titles[kind], entries: items.filter((f) => f.kind === kind).map(entryOf) }))

/** What somebody wants to do with what they are about to name: "roll back api production", "promote 1.4.0 to staging". */
export type Wish = { verb: 'rollback' | 'promote' | null; find: string; into: string }

export function wishOf(typed: string): Wish {
  const text = typed.trim()
  const back = /^roll(?:ing)?[ -]?back\b[\s:]*(?:of\s+)?(.*)$/i.exec(text)
  if (back) return { verb: 'rollback', find: plain(back[1]), into: '' }
  const promote = /^promote\b\s*(.*?)(?:(?:^|\s+)to(?:\s+(\S*))?)?$/i.exec(text)
  if (promote) return { verb: 'promote', find: plain(promote[1]), into: (promote[2] ?? '').replace(/…$/, '').toLowerCase() }
  return { verb: null, find: text, into: '' }
}
const plain = (text: string | undefined) => (text ?? '').replace(/…$/, '').trim()

type Known = { roles: Me['roles']; applications: readonly ApplicationView[] }
/** So that the other finds stay in sight below the actions. */
const maxActedOn = 2

/** What may be done to what was found, each ending in "…": it opens the thing with its question, and changes nothing yet. */
export function actionsOn(items: readonly Found[], wish: Wish, known: Known): Entry[] {
  const titled = (slug: string) => known.applications.find((a) => a.slug === slug)?.title ?? slug
  const targets = items.filter((f) => f.kind === 'target').slice(0, wish.verb === 'rollback' ? 8 : maxActedOn)
  const backs = targets.flatMap((f): Entry[] => {
    if (f.application === null || f.environment === null || !rolesOpen(known.roles, ['roll_back'], { application: f.application, environment: f.environment })) return []
    return [{ id: `rollback ${f.id}`, title: `Roll back ${f.title}…`, detail: titled(f.application), icon: 'undo', href: `/targets/${f.id}?do=rollback` }]
  })
  const releases = items.filter((f) => f.kind === 'release' && f.state === 'active').slice(0, maxActedOn)
  const promotes = releases.flatMap((f): Entry[] => {
    const application = known.applications.find((a) => a.slug === f.application)
    if (!application || !rolesOpen(known.roles, ['propose'], { application: application.slug })) return []
    return application.environments.filter((e) => e.slug.startsWith(wish.into)).map((e) => ({ id: `promote ${f.id} ${e.slug}`, title: `Promote ${f.title} to ${e.slug}…`, detail: application.title, icon: 'promote', href: `/releases/${f.id}?do=promote-${e.slug}` }))
  })
  return wish.verb === 'rollback' ? backs : wish.verb === 'promote' ? promotes : [...backs, ...promotes]
}

/** The targets in production, for who asks to roll back and has not said what. */
export const productionTargets = (applications: readonly ApplicationView[]): Found[] =>
  applications.flatMap((a) =>
    a.environments.filter((e) => e.tier === 'production').flatMap((e) =>
      e.targets.map((t): Found => ({ kind: 'target', id: t.id, title: `${t.service} in ${t.environment}`, detail: a.title, match: 'part', application: a.slug, environment: e.slug, service: t.service, target: t.id, state: null, at: null })),
    ),
  )

/** Entries in whose title every word is; those that begin so come apart, since they are what was meant. */
export function matching(entries: readonly Entry[], typed: string): { first: Entry[]; other: Entry[] } {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const hits = entries.filter((e) => words.every((w) => e.title.toLowerCase().includes(w)))
  const begins = (e: Entry) => e.title.toLowerCase().startsWith(words.join(' '))
  return { first: hits.filter(begins), other: hits.filter((e) => !begins(e)) }
}
