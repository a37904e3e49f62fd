'use client'
import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { makeQueryClient } from '#components/live/query-client.ts'
import { ClockProvider } from '#components/ui/clock.tsx'
import { ToastProvider } from '#components/ui/toast.tsx'

export function Providers({ initialMs, children }: { initialMs: number; children: ReactNode }) {
  const [client] = useState(makeQueryClient)
  return (
    <QueryClientProvider client={client}>
      <ClockProvider initialMs={initialMs}><ToastProvider>{children}</ToastProvider></ClockProvider>
    </QueryClientProvider>
  )
}
