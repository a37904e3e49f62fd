/** Where a key is live: the nearest wins when two want the same one, and the sheet of keys lists them so. */
export const hotkeyGroups = ['page', 'list', 'place', 'anywhere'] as const
export type HotkeyGroup = (typeof hotkeyGroups)[number]

export type Hotkey = {
  /** As on the keys: "R", "?", "Escape"; one after the other, "G R"; null for what only the palette offers. */
  keys: string | null
  /** What it does, as its button says it. */
  label: string
  group?: HotkeyGroup
  /** Null where the browser itself does it and the sheet only names it. */
  run: (() => void) | null
  /** Lets an address ask for it, `?do=rollback`. Only for what asks a person before it acts: a link must change nothing. */
  asksAs?: string
  isLive?(): boolean
}

/** What a hook has registered; it replaces the list at every draw. */
export type Holder = { list: readonly Hotkey[] }

/** Between the keys of a sequence; after it the first one counts as not pressed. */
export const sequenceMs = 2000

const groupOf = (h: Hotkey): HotkeyGroup => h.group ?? 'page'
const rank = (h: Hotkey): number => hotkeyGroups.indexOf(groupOf(h))

/** The one register of keys of a page. What is live, what a key does and what the sheet shows all come from it. */
export function createHotkeys() {
  const holders = new Set<Holder>()
  const listeners = new Set<() => void>()
  let pending: string | null = null
  const changed = () => listeners.forEach((fn) => fn())

  /** Nearest group first; within one the last that came, since it lies on top. */
  const all = (): Hotkey[] => [...holders].reverse().flatMap((h) => h.list).filter((h) => h.isLive?.() !== false).sort((a, b) => rank(a) - rank(b))
  const wait = (keys: string | null) => {
    pending = keys
    changed()
  }

  return {
    add(holder: Holder): () => void {
      holders.add(holder)
      changed()
      return () => {
        holders.delete(holder)
        changed()
      }
    },
    changed,
    subscribe(fn: () => void): () => void {
      listeners.add(fn)
      return () => {
        listeners.delete(fn)
      }
    },
    /** The beginning of a sequence that was pressed, waiting for its next key. */
    pending: () => pending,
    forget(): void {
      if (pending !== null) wait(null)
    },
    /** Does what a key stands for. True when it was one of ours, so that the browser leaves it alone. */
    press(key: string, isRepeat = false): boolean {
      const before = pending
      const keys = before === null ? key : `${before} ${key}`
      const live = all()
      const hit = live.find((h) => h.keys === keys && h.run !== null)
      if (hit && isRepeat && groupOf(hit) !== 'list') return false
      if (!hit && !isRepeat && live.some((h) => h.keys?.startsWith(`${keys} `))) {
        wait(keys)
        return true
      }
      if (before !== null) wait(null)
      hit?.run?.()
      // The second key of a sequence is never an action of its own: G then a wrong key must not abort anything.
      return hit !== undefined || before !== null
    },
    /** What is live now, each key once, in the order of the groups. */
    live(): Hotkey[] {
      const taken = new Set<string>()
      return all().filter((h) => h.keys === null || (!taken.has(h.keys) && taken.add(h.keys)))
    },
    asking: (name: string): Hotkey | undefined => all().find((h) => h.asksAs === name && h.run !== null),
  }
}

export const hotkeys = createHotkeys()
