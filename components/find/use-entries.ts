'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { places } from '#components/shell/places.ts'
import { setTheme, type Theme } from '#components/shell/theme-choice.tsx'
import { hotkeys } from '#components/ui/hotkeys.ts'
import { viewMe } from '#lib/access/contract.ts'
import { inBrief, listApplications } from '#lib/applications/contract.ts'
import { query } from '#lib/platform/client.ts'
import { maxWords, search } from '#lib/search/contract.ts'
import { actionsOn, type Entry, foundSections, matching, productionTargets, type Section, wishOf } from './entries.ts'

/** Between two letters of one word; a request for each would only be thrown away. */
const pauseMs = 120

function useAfterPause(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pauseMs)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

function signOut(): void {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = '/sign-out'
  document.body.append(form)
  form.submit()
}

/** What the page below offers now; looked up again when it is chosen, since the page goes on meanwhile. */
const pageEntries = (): Entry[] =>
  hotkeys.live().flatMap((h) => ((h.group ?? 'page') === 'page' && h.run ? [{ id: `page ${h.label}`, title: h.label, icon: 'advance' as const, keys: h.keys, run: () => hotkeys.live().find((now) => now.label === h.label)?.run?.() }] : []))

const themeNames = { light: 'light', dark: 'dark', system: 'as the system' } satisfies Record<Theme, string>

const goEntries: readonly Entry[] = places.map((p) => ({ id: `go ${p.href}`, title: p.text, icon: p.icon, keys: `G ${p.key}`, href: p.href }))
const commandEntries = (onKeys: () => void): Entry[] => [
  ...(['light', 'dark', 'system'] as const satisfies readonly Theme[]).map((theme): Entry => ({ id: `theme ${theme}`, title: `Theme: ${themeNames[theme]}`, icon: 'theme', run: () => setTheme(theme) })),
  { id: 'keys', title: 'Keys of this page', icon: 'more', keys: '?', run: onKeys },
  { id: 'sign out', title: 'Sign out', icon: 'back', run: signOut },
]

/** No more than the server takes; the rest of a pasted text says nothing more. */
const askable = (find: string) => find.split(/\s+/).filter(Boolean).slice(0, maxWords).join(' ').slice(0, 200)

const filled = (sections: readonly Section[]) => sections.filter((s) => s.entries.length > 0)

/** Everything the palette offers for what is typed. `isSettled` once the finds are those of these very words. */
export function useEntries(typed: string, onKeys: () => void) {
  const [onPage] = useState(pageEntries)
  const roles = useLiveQuery(viewMe, {}).data?.roles ?? []
  const brief = useLiveQuery(listApplications, inBrief)
  const wish = wishOf(typed)
  const wanted = askable(wish.find)
  const q = useAfterPause(wanted)
  const read = useQuery({ ...query(search, { q }), enabled: q !== '', placeholderData: keepPreviousData, refetchInterval: false })

  const hasWords = wanted !== ''
  // "roll back" alone offers every production target: only then are all of them asked for.
  const isEverywhere = wish.verb === 'rollback' && !hasWords
  const everywhere = useQuery({ ...query(listApplications, {}), enabled: isEverywhere })
  const applications = (isEverywhere ? everywhere.data : brief.data)?.items ?? []
  const found = hasWords && q !== '' ? (read.data?.items ?? []) : []
  const actedOn = isEverywhere ? productionTargets(applications) : found
  const isAnswered = (r: { data: unknown; error: unknown }) => r.data !== undefined || r.error !== null
  const isSettled = isEverywhere ? isAnswered(everywhere) : !hasWords || (q === wanted && isAnswered(brief) && isAnswered(read) && !read.isPlaceholderData)
  const commands = commandEntries(onKeys)

  if (typed.trim() === '') return { sections: filled([{ title: 'On this page', entries: onPage }, { title: 'Go to', entries: goEntries }, { title: 'Also', entries: commands }]), isSettled, error: null, retry: read.refetch }
  const fixed = matching([...onPage, ...goEntries, ...commands], typed)
  const actions: Section = { title: 'Do', entries: actionsOn(actedOn, wish, { roles, applications }) }
  const things = foundSections(found, read.data?.more ?? [])
  return {
    sections: filled([{ title: 'Go and do', entries: fixed.first }, ...(wish.verb ? [actions, ...things] : [...things.slice(0, 1), actions, ...things.slice(1)]), { title: 'Also', entries: fixed.other }]),
    isSettled,
    error: isEverywhere ? everywhere.error : hasWords ? read.error : null,
    retry: isEverywhere ? everywhere.refetch : read.refetch,
  }
}
