'use client'
import { type DehydratedState, HydrationBoundary } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'

/** Answers that came with the page. As one text: React would walk through each of their values, on the server and here. */
export function HydratedState({ text, children }: { text: string; children: ReactNode }) {
  const state = useMemo(() => JSON.parse(text) as DehydratedState, [text])
  return <HydrationBoundary state={state}>{children}</HydrationBoundary>
}
