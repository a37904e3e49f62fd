'use client'
import { useSyncExternalStore } from 'react'
import { Icon } from '#components/ui/icon.tsx'

export type Theme = 'system' | 'light' | 'dark'
const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const words: Record<Theme, string> = { system: 'Theme of the system', light: 'Light theme', dark: 'Dark theme' }
const yearSeconds = 31_536_000

const listeners = new Set<() => void>()
const subscribe = (fn: () => void) => {
  listeners.add(fn)
  return () => {
    listeners.delete(fn)
  }
}
const read = (): Theme => {
  const set = document.documentElement.dataset['theme']
  return set === 'light' || set === 'dark' ? set : 'system'
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  document.cookie = `theme=${theme}; path=/; max-age=${theme === 'system' ? 0 : yearSeconds}; samesite=lax`
  listeners.forEach((fn) => fn())
}

/** Kept in a cookie, so that the server draws the next page in it. */
export function ThemeChoice() {
  const theme = useSyncExternalStore<Theme>(subscribe, read, () => 'system')
  return <button type="button" className="btn quiet small-b" onClick={() => setTheme(next[theme])} aria-label={`${words[theme]}, press for: ${words[next[theme]].toLowerCase()}`} title={words[theme]}><Icon name="theme" /></button>
}
