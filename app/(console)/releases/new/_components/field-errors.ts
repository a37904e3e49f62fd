import { ApiError } from '#lib/platform/client.ts'
import type { Input } from '#lib/platform/endpoint.ts'
import type { createRelease } from '#lib/releases/contract.ts'

type ReleaseInput = Input<typeof createRelease>
type Errors = Record<string, string>

/** "artifacts.0.image" is the first image that was sent; people see it at its service's field. */
function place(path: string, input: ReleaseInput): string {
  const index = /^artifacts\.(\d+)/.exec(path)?.[1]
  const service = index === undefined ? undefined : input.artifacts[Number(index)]?.service
  return service ? `image ${service}` : path
}

/** What was left empty says so, instead of which letters it may have. */
function textAt(at: string, message: string, input: ReleaseInput): string {
  if (at === 'artifacts') return 'Name at least one image.'
  if (at === 'version' && input.version === '') return 'A version is needed.'
  return at === 'commit' && input.commit === '' ? 'A commit is needed: 7 to 64 hexadecimal digits.' : message
}

/** What the server refused, each at the field it named; the first thing that is wrong with a field. */
export function fieldErrors(err: unknown, input: ReleaseInput): Errors {
  if (!(err instanceof ApiError)) return {}
  const { field, fields, detail } = err.problem
  const found: Errors = {}
  for (const issue of fields ?? (field ? [{ field, message: detail }] : [])) {
    const at = place(issue.field, input)
    found[at] ??= fields ? textAt(at, issue.message, input) : issue.message
  }
  return found
}
