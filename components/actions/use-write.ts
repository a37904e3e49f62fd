'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { z } from 'zod'
import { call } from '#lib/platform/client.ts'
import type { Endpoint, Input, Output } from '#lib/platform/endpoint.ts'

/** A write, then a fresh read of everything shown: the outcome comes from what is read, never from what was sent. */
export function useWrite<I extends z.ZodType, O extends z.ZodType>(endpoint: Endpoint<I, O>) {
  const client = useQueryClient()
  return useCallback(
    async (input: Input<Endpoint<I, O>>, requestKey: string): Promise<Output<Endpoint<I, O>>> => {
      try {
        return await call(endpoint, input, { idempotencyKey: requestKey })
      } finally {
        // Also after a refusal: it often means that what is shown is old.
        void client.invalidateQueries()
      }
    },
    [client, endpoint],
  )
}
