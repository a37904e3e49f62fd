import type { Metadata } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { Button } from '#components/ui/button.tsx'
import { currentPageActor } from '#lib/http/page.ts'

export const metadata: Metadata = { title: 'No role yet' }

export default async function NoAccessPage() {
  const actor = await currentPageActor()
  if (!actor) redirect('/sign-in')
  if (actor.grants.length > 0) redirect('/')
  return (
    <>
      <h1 className="text-title">You have no role yet</h1>
      <p>You are signed in as <strong>{actor.email}</strong>, but nobody has given this account a role, so there is nothing it may see.</p>
      <p>Ask an admin to give you one under Settings, People and roles; then <Link href="/">open Sluice again</Link>.</p>
      <form method="post" action="/sign-out"><Button type="submit">Sign out</Button></form>
    </>
  )
}
