import 'server-only'
import type { Metadata } from 'next'
import { unstable_rethrow } from 'next/navigation'
import { AppError } from '#lib/platform/errors.ts'

/** The tab's title from what the page shows; when that cannot be read, the page itself says why and the tab has `otherwise`. */
export async function titled(otherwise: string, title: () => Promise<string>): Promise<Metadata> {
  try {
    return { title: await title() }
  } catch (err) {
    // A reader who is signed out goes to the sign-in page by an error of Next's own.
    unstable_rethrow(err)
    if (!(err instanceof AppError)) console.error('The title of a page could not be read', err)
    return { title: otherwise }
  }
}
