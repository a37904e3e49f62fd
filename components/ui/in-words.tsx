import { capital } from '#components/ui/format.ts'
import type { ReactNode } from 'react'
import { RevisionName } from '#components/ui/revision-name.tsx'

const fullName = /\b[a-z][a-z0-9-]*-\d{5}-[a-z0-9]{3}\b/

/** Revisions by the part that tells one from another; each copies in full. */
export function withShortNames(message: string): ReactNode {
  const at = fullName.exec(message)
  if (!at) return message
  return <>{message.slice(0, at.index)}<RevisionName name={at[0]} short />{withShortNames(message.slice(at.index + at[0].length))}</>
}

/** What the engine noted, as a sentence begins; a name keeps its small letter. */
export const InWords = ({ message }: { message: string }) => <>{withShortNames(fullName.exec(message)?.index === 0 ? message : capital(message))}</>
