import 'server-only'
import { CopyLine } from '#components/ui/copy-line.tsx'
import { curlLine } from '#lib/platform/address.ts'
import type { Endpoint } from '#lib/platform/endpoint.ts'
import { env } from '#lib/platform/env.ts'

export type Read = { endpoint: Pick<Endpoint, 'id' | 'method' | 'path' | 'summary'>; input: Readonly<Record<string, unknown>> }

/**
 * The reads that this very page made, as lines to keep: the console has no way in that the API has not. Taken from the
 * endpoints that the page loads, so that it cannot fall behind.
 */
export function SameByApi({ reads }: { reads: readonly Read[] }) {
  if (reads.length === 0) return null
  return (
    <details className="by-api">
      <summary>The same by API</summary>
      <ul>
        {reads.map(({ endpoint, input }) => {
          const line = curlLine(env().SLUICE_URL, endpoint, input)
          return (
            <li key={line}>
              <p><a className="link mono" href={`/docs/api#${endpoint.id}`}>{endpoint.method} {endpoint.path.replaceAll(/:(\w+)/g, '{$1}')}</a> <span className="t3">{endpoint.summary}</span></p>
              <CopyLine text={line} label={`curl for ${endpoint.id}`} />
            </li>
          )
        })}
      </ul>
    </details>
  )
}
