'use client'
import { useRouter } from 'next/navigation'
import { createContext, type ReactNode, useCallback, useContext, useDeferredValue, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { places } from '#components/shell/places.ts'
import { type Hotkey } from '#components/ui/hotkeys.ts'
import { Icon } from '#components/ui/icon.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { later } from '#components/ui/later.tsx'
import { hasRows, isInRow, leaveRow, moveRow } from '#components/ui/rows.ts'
import { NextKeys } from './next-keys.tsx'
import { useAskedByAddress } from './use-asked-by-address.ts'
import { useTypedAhead } from './use-typed-ahead.ts'

const Palette = later(() => import('./palette.tsx').then((m) => m.Palette))
const KeySheet = later(() => import('./key-sheet.tsx').then((m) => m.KeySheet))

type Open = 'find' | 'keys' | null
const Context = createContext<(open: Open) => void>(() => undefined)

const isMac = () => /Mac|iPhone|iPad/.test(navigator.userAgent)
const never = () => () => undefined
const useChord = () => useSyncExternalStore(never, () => (isMac() ? '⌘ K' : 'Ctrl K'), () => 'Ctrl K')

/** ⌘K or Ctrl+K from anywhere, also from a field; on a Mac Ctrl+K in a field cuts its line, as everywhere there. */
function isChord(e: KeyboardEvent): boolean {
  if (e.key.toLowerCase() !== 'k' || e.altKey || e.shiftKey) return false
  return e.metaKey || (e.ctrlKey && !(isMac() && e.target instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(e.target.tagName)))
}

const inLists: readonly Hotkey[] = [
  { keys: 'J', label: 'Next row', group: 'list', run: () => moveRow(1), isLive: hasRows },
  { keys: 'K', label: 'Row before', group: 'list', run: () => moveRow(-1), isLive: hasRows },
  { keys: 'Enter', label: 'Open the row', group: 'list', run: null, isLive: hasRows },
  { keys: 'Escape', label: 'Leave the rows', group: 'list', run: leaveRow, isLive: isInRow },
]

/** Finding and flying: the palette, the sheet of keys, and the keys that are live on every page. */
export function Find({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<Open>(null)
  // The press itself does nothing but begin: the next frame comes at once, and what opens is drawn in pieces after it.
  const drawn = useDeferredValue(open)
  const router = useRouter()
  // At once, unlike opening: the next key is the page's again, and a choice must not wait here for the page it asks for.
  const close = useCallback(() => setOpen(null), [])
  const typed = useTypedAhead(open === 'find', close)

  const keys = useMemo(
    (): readonly Hotkey[] => [
      ...inLists,
      ...places.map((p): Hotkey => ({ keys: `G ${p.key}`, label: p.text, group: 'place', run: () => router.push(p.href) })),
      { keys: '/', label: 'Find anything', group: 'anywhere', run: () => setOpen('find') },
      { keys: '?', label: 'Show the keys of this page', group: 'anywhere', run: () => setOpen('keys') },
    ],
    [router],
  )
  useHotkeys(keys)
  useAskedByAddress()

  const isFind = useRef(false)
  useEffect(() => {
    isFind.current = open === 'find'
  })
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (!isChord(e)) return
      // A dialog asks something; it is answered or left first.
      if (!isFind.current && document.querySelector('[role="dialog"]')) return
      e.preventDefault()
      // Held down it would open and close it on and on.
      if (e.repeat) return
      setOpen(isFind.current ? null : 'find')
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  return (
    <Context value={setOpen}>
      {children}
      <NextKeys />
      {open === 'find' && drawn === 'find' && <Palette typedAhead={typed} onClose={close} onKeys={() => setOpen('keys')} />}
      {open === 'keys' && drawn === 'keys' && <KeySheet onClose={close} />}
    </Context>
  )
}

/** The way in by pointer: a line of the side bar, or an icon in the top bar of a phone. */
export function FindButton({ short = false }: { short?: boolean }) {
  const setOpen = useContext(Context)
  const chord = useChord()
  return (
    <button type="button" className={short ? 'find-short' : 'find'} aria-haspopup="dialog" aria-keyshortcuts="Meta+K Control+K" aria-label={short ? 'Find anything' : undefined} onClick={() => setOpen('find')}>
      <Icon name="search" />
      {!short && <>Find anything<kbd aria-hidden="true">{chord}</kbd></>}
    </button>
  )
}
