import type { ImageRef } from '#lib/drivers/registry-images.ts'

// Grammar: https://github.com/distribution/reference, file regexp.go: host[:port]/path[:tag][@digest].
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::[0-9]{1,5})?$/i
const partPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const digestPattern = /^sha256:[0-9a-f]{64}$/

/** Why a text is no image reference: `allowed` says what would be one. */
export type BadReference = { problem: string; allowed: string }
const shape = 'host/path:tag or host/path@sha256:…, such as europe-docker.pkg.dev/acme/api/api:v1.2.0'
const bad = (problem: string, allowed = shape): BadReference => ({ problem, allowed })

/**
 * Reads an image reference. The first part is a host when it has a dot or a port or is `localhost`; else the host is
 * docker.io, where a one-part path means `library/…`. A bare name means the tag `latest`. With both a tag and a digest
 * the digest decides and the tag is kept for display.
 */
export function parseImageRef(text: string): ImageRef | BadReference {
  if (text !== text.trim() || /\s/.test(text)) return bad('an image reference has no spaces')
  if (text.includes('://')) return bad('an image reference has no scheme')
  const [named = '', digest, ...more] = text.split('@')
  if (more.length > 0) return bad('an image reference has at most one @')
  if (digest !== undefined && !digestPattern.test(digest)) return bad('the digest is not valid', 'sha256: and 64 hexadecimal digits in lower case')
  const slash = named.lastIndexOf('/')
  const colon = named.indexOf(':', slash + 1)
  const name = colon === -1 ? named : named.slice(0, colon)
  const tag = colon === -1 ? null : named.slice(colon + 1)
  if (tag !== null && !tagPattern.test(tag)) return bad('the tag is not valid', 'up to 128 letters, digits, dots, dashes and underscores')
  const { host, path } = splitHost(name)
  if (!hostPattern.test(host)) return bad(`"${host}" is not a registry host`)
  const wrong = path.split('/').find((part) => !partPattern.test(part))
  if (wrong !== undefined) return bad(`"${wrong}" is not valid in an image path`, 'lower-case letters and digits, parted by dots, dashes or underscores')
  return { host, path, repository: `${host}/${path}`, tag: tag ?? (digest === undefined ? 'latest' : null), digest: digest ?? null }
}

export const isBadReference = (ref: ImageRef | BadReference): ref is BadReference => 'problem' in ref

function splitHost(name: string): { host: string; path: string } {
  const first = name.split('/')[0] ?? ''
  const hasHost = name.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
  if (hasHost) return { host: first.toLowerCase(), path: name.slice(first.length + 1) }
  return { host: 'docker.io', path: name.includes('/') ? name : `library/${name}` }
}
