import { isProblem } from '#lib/platform/client.ts'

const textIn = (body: unknown, name: string): string => {
  const value: unknown = typeof body === 'object' && body !== null ? Object.entries(body).find(([key]) => key === name)?.[1] : undefined
  if (typeof value !== 'string') throw new Error(`the answer has no ${name}`)
  return value
}

/** Posts to next-auth as its own forms do; answers where to go, or the sentence to show. */
export async function postSignIn(path: string, fields: Record<string, string>): Promise<{ url: string } | { error: string }> {
  try {
    const csrfToken = textIn(await (await fetch('/api/auth/csrf')).json(), 'csrfToken')
    const res = await fetch(`/api/auth/${path}`, { method: 'POST', body: new URLSearchParams({ ...fields, csrfToken, json: 'true' }) })
    const body: unknown = await res.json()
    return isProblem(body) ? { error: body.detail } : { url: textIn(body, 'url') }
  } catch {
    return { error: 'The server did not answer. Check the connection and try again.' }
  }
}
