import { QueryCache, QueryClient, replaceEqualDeep } from '@tanstack/react-query'
import { isMoving, keepNewest } from '#components/live/moving.ts'
import { ApiError } from '#lib/platform/client.ts'
import { streamStatus } from '#components/live/stream-status.ts'

/**
 * How often a shown answer is read again. With the stream the read only refreshes its "as of"; without it polling is
 * all there is: 3 s while something moves, 30 s else.
 */
export const pollEveryMs = (data: unknown): number => (isMoving(data) ? (streamStatus.get().connected ? 10_000 : 3_000) : 30_000)

/** A session that ended shows in the next read; then the page is left, and comes back after signing in. */
function onReadError(err: Error): void {
  streamStatus.answered(err instanceof ApiError)
  if (err instanceof ApiError && err.status === 401) window.location.assign(`/sign-in?callbackUrl=${encodeURIComponent(window.location.pathname + window.location.search)}`)
}

/** One per tab. Hidden tabs do not poll; they re-read when they are looked at again. */
export const makeQueryClient = () =>
  new QueryClient({
    queryCache: new QueryCache({ onError: onReadError, onSuccess: () => streamStatus.answered(true) }),
    defaultOptions: {
      queries: {
        // The browser's own "offline" is about the internet; this server may well be on the reader's machine or network.
        networkMode: 'always',
        staleTime: 1000,
        // What came with the page is read again when the stream opens, if it is old by then: not all of it in the page's first moment.
        refetchOnMount: () => streamStatus.isTried(),
        refetchOnWindowFocus: 'always',
        refetchOnReconnect: 'always',
        refetchInterval: (q) => pollEveryMs(q.state.data),
        structuralSharing: (before, after) => replaceEqualDeep(before, keepNewest(before, after)),
        retry: (failures, err) => failures < 2 && !(err instanceof ApiError && err.status < 500),
        retryDelay: (n) => Math.min(500 * 2 ** n, 4000),
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
