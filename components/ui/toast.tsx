'use client'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import { Icon } from '#components/ui/icon.tsx'
import { MarkOnly, type MarkKind } from '#components/ui/mark.tsx'

type Toast = { key: string; kind: MarkKind; word: string; strong: string; text: string }
type Toasts = { show(t: Toast): void; drop(key: string): void }
const ToastContext = createContext<Toasts | null>(null)

/** What was asked for, then what came of it. A toast stays until its outcome replaces it or the reader closes it: nothing vanishes unread. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const show = useCallback((t: Toast) => setToasts((all) => [...all.filter((x) => x.key !== t.key).slice(-2), t]), [])
  const drop = useCallback((key: string) => setToasts((all) => (all.some((x) => x.key === key) ? all.filter((x) => x.key !== key) : all)), [])
  const api = useMemo(() => ({ show, drop }), [show, drop])
  return (
    <ToastContext value={api}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((t) => (
          <div className="toast" key={t.key}>
            <MarkOnly kind={t.kind} word={t.word} /><span><b>{t.strong}</b> {t.text}</span>
            <button type="button" aria-label="Close this message" onClick={() => drop(t.key)}><Icon name="x" /></button>
          </div>
        ))}
      </div>
    </ToastContext>
  )
}

export function useToasts(): Toasts {
  const t = useContext(ToastContext)
  if (!t) throw new Error('no toasts above this component: wrap the page in <ToastProvider>')
  return t
}
