import { z } from 'zod'
import { Problem } from '#lib/platform/endpoint.ts'

const Csrf = z.object({ csrfToken: z.string() })
const Answer = z.object({ url: z.string() })

/** Posts to next-auth as its own forms do; answers where to go, or the sentence to show. */
export async function postSignIn(path: string, fields: Record<string, string>): Promise<{ url: string } | { error: string }> {
  try {
    const { csrfToken } = Csrf.parse(await (await fetch('/api/auth/csrf')).json())
    const res = await fetch(`/api/auth/${path}`, { method: 'POST', body: new URLSearchParams({ ...fields, csrfToken, json: 'true' }) })
    const body: unknown = await res.json()
    const problem = Problem.safeParse(body)
    return problem.success ? { error: problem.data.detail } : Answer.parse(body)
  } catch {
    return { error: 'The server did not answer. Check the connection and try again.' }
  }
}
