/** What a handler may know of the HTTP request behind its call. */
export interface Call {
  /** Who asks: `creator` and `lastModifier` of what the call changes. */
  principal: string
  /** Nothing may change: `validateOnly`, or the fault `not_applied`. */
  dryRun: boolean
  /** Ends when the caller is gone. */
  signal: AbortSignal
}
