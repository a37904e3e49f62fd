'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ReadNow } from '#components/live/read-now.tsx'
import { call } from '#lib/platform/client.ts'
import { viewTarget } from '#lib/targets/contract.ts'

/** Reads the cloud now, then everything shown. */
export function ReadLiveNow({ targetId }: { targetId: string }) {
  const client = useQueryClient()
  return <ReadNow first={async () => client.setQueryData([viewTarget.id, { id: targetId }], await call(viewTarget, { id: targetId, fresh: '1' }))} />
}
