/** `service-00042-qib` → muted prefix and the part that tells one from another. */
const parts = (name: string): [string, string] => {
  const at = name.search(/\d{5}-[a-z0-9]{3}$/)
  return at > 0 ? [name.slice(0, at), name.slice(at)] : ['', name]
}

export const revisionSuffix = (name: string): string => parts(name)[1]

/** Short form shows the suffix with the full name as title; both forms copy in full. */
export function RevisionName({ name, short = false }: { name: string; short?: boolean }) {
  const [prefix, suffix] = parts(name)
  if (short) return <span className="rev" title={name}>{suffix}</span>
  return <span className="rev" title={name}>{prefix && <i>{prefix}</i>}{suffix}</span>
}

/** Twelve digits tell digests apart; the whole one is the title. */
export const Digest = ({ value }: { value: string }) => {
  const short = value.replace(/^.*@/, '').replace(/^(sha256:)([0-9a-f]{12})[0-9a-f]+$/, '$1$2…')
  return <span className="mono" title={value}>{short}</span>
}

/** Sixteen digits of a content hash, to compare by eye; the whole one is the title. */
export const Hash = ({ value }: { value: string }) => <span className="mono" title={value}>{value.replace(/^sha256:/, '').slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ')}</span>
