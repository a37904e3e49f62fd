'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '#components/ui/button.tsx'
import { call } from '#lib/platform/client.ts'
import { viewTarget } from '#lib/targets/contract.ts'

/** Reads the cloud now instead of waiting for the next turn. */
export function ReadNow({ targetId }: { targetId: string }) {
  const client = useQueryClient()
  const read = useMutation({
    mutationFn: () => call(viewTarget, { id: targetId, fresh: '1' }),
    onSuccess: (answer) => client.setQueryData([viewTarget.id, { id: targetId }], answer),
  })
  return <Button small onPress={() => read.mutate()} requested={read.isPending ? 'Reading' : undefined}>{read.isError ? 'Read now (the last try failed)' : 'Read now'}</Button>
}
