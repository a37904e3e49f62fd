/** Facts for choosing where to go back to. Pure types, so that policy files may import them. */
export type KnownRevision = {
  name: string
  digest: string | null
  releaseId: string | null
  version: string | null
  proven: 'proven' | 'observed' | null
  provenAtMs: number | null
  /** What was stable when its rollout took it to 100%; null when it came some other way, or is not proven. */
  servedBefore: string | null
  outcome: string | null
  ready: boolean
  deleted: boolean
  imageFound: boolean | null
  imageCheckedAtMs: number | null
  createdAtMs: number
  schema: { version: number; min: number; max: number; reversible: boolean } | null
  /** Set while its release is vetoed or abandoned. */
  withdrawn: { as: 'vetoed' | 'abandoned'; by: string | null; reason: string | null } | null
}

export type WayBackFacts = {
  /** Newest first. */
  revisions: readonly KnownRevision[]
  liveSplit: Record<string, number>
  stableRevision: string | null
  /** The open promotion rollout: where it came from and what it brings. */
  open: { stable: string | null; candidate: string | null } | null
  heldDigests: readonly string[]
}

export type WayBack = {
  /** Null when there is nowhere to go. */
  to: KnownRevision | null
  from: KnownRevision | null
  fromName: string | null
  skipped: { revision: string; reason: string }[]
}
