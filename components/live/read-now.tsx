'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '#components/ui/button.tsx'

/** Reads now instead of waiting for the next turn: `first` if something must be asked for, then everything shown. */
export function ReadNow({ first }: { first?: () => Promise<unknown> }) {
  const client = useQueryClient()
  const read = useMutation({
    mutationFn: async () => {
      await first?.()
      await client.refetchQueries({ type: 'active' }, { throwOnError: true })
    },
  })
  return <Button small onPress={() => read.mutate()} requested={read.isPending ? 'Reading' : undefined}>{read.isError ? 'Read now (the last try failed)' : 'Read now'}</Button>
}
