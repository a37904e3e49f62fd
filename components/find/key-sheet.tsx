'use client'
import { useState } from 'react'
import { Sheet } from '#components/ui/dialog.tsx'
import { type Hotkey, type HotkeyGroup, hotkeyGroups, hotkeys } from '#components/ui/hotkeys.ts'
import { Keys } from '#components/ui/kbd.tsx'

const titles: Record<HotkeyGroup, string> = { page: 'On this page', list: 'In its lists', place: 'Go to', anywhere: 'Anywhere' }
const ofDialogs: readonly Hotkey[] = [{ keys: '⌘/Ctrl+K', label: 'Find anything, also from a field', group: 'anywhere', run: null }]

/** Every key that is live on the page below, read from the register when the sheet opens. */
export function KeySheet({ onClose }: { onClose(): void }) {
  const [live] = useState(() => [...hotkeys.live(), ...ofDialogs])
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title="Keys of this page">
      {hotkeyGroups.map((group) => {
        const keys = live.flatMap((h) => (h.keys !== null && (h.group ?? 'page') === group ? [{ ...h, keys: h.keys }] : []))
        if (keys.length === 0) return group === 'page' ? <p key={group} className="t2">This page has no action that you may take now.</p> : null
        return (
          <section key={group} aria-label={titles[group]}>
            <h3 className="small t3">{titles[group]}</h3>
            <dl className="keys">{keys.map((h) => <div key={h.keys}><dt><Keys keys={h.keys} /></dt><dd>{h.label}</dd></div>)}</dl>
          </section>
        )
      })}
      <p className="small t3">No key works while you type in a field; Esc leaves it.</p>
    </Sheet>
  )
}
