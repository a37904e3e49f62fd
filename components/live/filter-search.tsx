'use client'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { Filters } from '#components/live/list-screen.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'

/** Between the last letter and the read: the server is asked for words, not for letters. */
const typingPauseMs = 250

/**
 * The words that the address asks for, and those that are typed. One visit to the field is one step of the browser's
 * history, so that Back undoes the search and not its last letter.
 */
function useTypedFilter(filters: Filters, name: string) {
  const input = useRef<HTMLInputElement>(null)
  const inAddress = filters.get(name) ?? ''
  const latest = useRef({ filters, inAddress })
  const sent = useRef<string | null>(null)
  const hasPushed = useRef(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  useEffect(() => {
    latest.current = { filters, inAddress }
  })
  // What is typed arrives in the address later, maybe after more was typed; anything else that arrives, the field shows.
  useEffect(() => {
    if (sent.current !== null && sent.current !== inAddress) return
    sent.current = null
    if (input.current && timer.current === undefined) input.current.value = inAddress
  }, [inAddress])

  const stop = () => {
    clearTimeout(timer.current)
    timer.current = undefined
  }
  const send = () => {
    stop()
    const text = input.current?.value ?? ''
    if (text === (sent.current ?? latest.current.inAddress)) return
    sent.current = text
    latest.current.filters.go({ [name]: text, cursor: undefined }, hasPushed.current ? 'replace' : 'push')
    hasPushed.current = true
  }
  useEffect(() => {
    const onBack = () => {
      stop()
      sent.current = null
      hasPushed.current = false
    }
    window.addEventListener('popstate', onBack)
    return () => {
      stop()
      window.removeEventListener('popstate', onBack)
    }
  }, [])

  return {
    input, inAddress, send,
    type() {
      stop()
      timer.current = setTimeout(send, typingPauseMs)
    },
    leave() {
      send()
      hasPushed.current = false
    },
  }
}

/** Words to find by, as they are typed; `/` goes to the field that asks for it. */
export function FilterSearch({ filters, name, label, slash = false }: { filters: Filters; name: string; label: string; slash?: boolean }) {
  const { input, inAddress, send, type, leave } = useTypedFilter(filters, name)
  // Else the browser empties the field; here Esc leaves it, and the keys of the page are live again.
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key !== 'Escape') return
    e.preventDefault()
    input.current?.blur()
  }
  useHotkeys(slash ? [{ keys: '/', label: `Find in this list: ${label.toLowerCase()}`, run: () => input.current?.focus() }] : [])
  return (
    <form role="search" aria-label={`Find by ${label.toLowerCase()}`} onSubmit={(e) => { e.preventDefault(); send() }}>
      <input ref={input} className="input" type="search" aria-label={label} placeholder={label} defaultValue={inAddress} onKeyDown={onKeyDown} onChange={type} onBlur={leave} />
    </form>
  )
}
