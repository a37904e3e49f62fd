import { ApiError } from '#lib/platform/client.ts'
import type { Input } from '#lib/platform/endpoint.ts'
import { createRelease } from '#lib/releases/contract.ts'

type ReleaseInput = Input<typeof createRelease>
type Errors = Record<string, string>

/** "artifacts.0.image" is the first image that was sent; people see it at its service's field. */
function place(path: string, input: ReleaseInput): string {
  const index = /^artifacts\.(\d+)/.exec(path)?.[1]
  const service = index === undefined ? undefined : input.artifacts[Number(index)]?.service
  return service ? `image ${service}` : path
}

/** What the contract itself refuses, before anything is sent: all fields at once. */
export function ownFieldErrors(input: ReleaseInput): Errors {
  const found: Errors = {}
  for (const issue of createRelease.input.safeParse(input).error?.issues ?? []) {
    const at = place(issue.path.join('.'), input)
    found[at] ??= at === 'artifacts' ? 'Name at least one image.' : at === 'version' && input.version === '' ? 'A version is needed.' : at === 'commit' && input.commit === '' ? 'A commit is needed: 7 to 64 hexadecimal digits.' : issue.message
  }
  return found
}

/** What the server refused, at the field it named. */
export const fieldErrors = (err: unknown, input: ReleaseInput): Errors => (err instanceof ApiError && err.problem.field ? { [place(err.problem.field, input)]: err.problem.detail } : {})
