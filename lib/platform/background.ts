import 'server-only'

// One set per process, whatever the number of bundles Next makes of this module.
const shared = globalThis as typeof globalThis & { sluiceBackground?: Set<Promise<void>> }
const underWay = () => (shared.sluiceBackground ??= new Set())

/** Goes on with what an answer does not wait for. `work` deals with its own errors: nobody hears of them here. */
export function inBackground(work: Promise<void>): void {
  underWay().add(work)
  const forget = () => void underWay().delete(work)
  work.then(forget, forget)
}

/** Resolves when nothing is under way any more: whoever ends connections waits for it, else a transaction is cut in its middle. */
export async function backgroundDone(): Promise<void> {
  while (underWay().size > 0) await Promise.allSettled(underWay())
}
