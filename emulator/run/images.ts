import { createHash } from 'node:crypto'
import { put, type State } from '#emulator/state/state.ts'
import type { Behaviour } from '#emulator/state/types.ts'

export interface ImageReference { repository: string; tag: string | null; digest: string | null }

/** `[host/]name[:tag][@digest]`; the tag's colon is the one after the last slash. */
export function parseImage(image: string): ImageReference {
  const [named = '', digest = null] = image.split('@', 2)
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  const tag = colon === -1 ? null : named.slice(colon + 1)
  return { repository: colon === -1 ? named : named.slice(0, colon), tag: tag ?? (digest === null ? 'latest' : null), digest }
}

export const digestOf = (repository: string, tag: string) => `sha256:${createHash('sha256').update(`${repository}:${tag}`).digest('hex')}`
export const imageKey = (repository: string, digest: string) => `${repository}@${digest}`
/** A tag that the registry does not have (DESIGN 10). */
export const isMissingTag = (tag: string) => tag.endsWith('-missing')

/** Keeps the pair of digest and tag, so that a revision deployed by digest behaves by its tag (DESIGN 10). */
export function rememberImage(state: State, repository: string, tag: string): string {
  const digest = digestOf(repository, tag)
  const key = imageKey(repository, digest)
  if (!state.table('images').has(key)) state.commit(put('images', key, { repository, tag, deleted: false }))
  return digest
}

const plain: Behaviour = { errorPercent: 0, slowPercent: 0, crash: false, leak: false, verifyFail: false, notReady: false, missing: false }

/** `v1.2.0-err5-slow40` → 5% errors, 40% slower. Suffixes combine; a word counts only as a whole part of the tag. */
export function behaviourOfTag(tag: string): Behaviour {
  const behaviour = { ...plain, missing: isMissingTag(tag) }
  for (const part of tag.split('-').slice(1)) {
    const amount = /^(err|slow)(\d+)$/.exec(part)
    if (amount?.[1] === 'err') behaviour.errorPercent = Math.min(100, Number(amount[2]))
    else if (amount?.[1] === 'slow') behaviour.slowPercent = Number(amount[2])
    else if (part === 'crash') behaviour.crash = true
    else if (part === 'leak') behaviour.leak = true
    else if (part === 'verifyfail') behaviour.verifyFail = true
  }
  return behaviour
}

/**
 * How a revision of this image behaves. A digest the registry never saw is taken as pushed by someone else and
 * behaves plainly; one that was deleted cannot be pulled.
 */
export function behaviourOfImage(state: State, image: string): Behaviour {
  const { repository, tag, digest } = parseImage(image)
  if (digest !== null) {
    const known = state.table('images').get(imageKey(repository, digest))
    if (!known) return tag === null ? plain : behaviourOfTag(tag)
    return { ...behaviourOfTag(known.tag), missing: known.deleted }
  }
  const named = tag ?? 'latest'
  if (isMissingTag(named)) return behaviourOfTag(named)
  const known = state.table('images').get(imageKey(repository, rememberImage(state, repository, named)))
  return { ...behaviourOfTag(named), missing: known?.deleted === true }
}
