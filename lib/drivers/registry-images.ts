/** Parts of an image reference. A reference has a tag or a digest (or, bare, the tag `latest`). */
export type ImageRef = { host: string; path: string; repository: string; tag: string | null; digest: string | null }

/** A container image registry: what does this name mean now. */
export interface ImageRegistry {
  /** Digest (`sha256:…`) behind a tag or of a digest reference; throws DriverError kind `not_found` when there is none. */
  resolve(image: ImageRef): Promise<string>
  /** Is this digest still there to be pulled? */
  exists(repository: string, digest: string): Promise<boolean>
}
