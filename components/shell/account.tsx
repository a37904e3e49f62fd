'use client'
import Link from 'next/link'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { ThemeChoice } from '#components/shell/theme-choice.tsx'
import { Button } from '#components/ui/button.tsx'
import { viewMe, type Me } from '#lib/access/contract.ts'
import { roleText } from '#lib/access/words.ts'

const where = (r: Me['roles'][number]) => (r.application === null ? 'all applications' : r.environment === null ? r.application : `${r.application} ${r.environment}`)
const roleLines = (roles: Me['roles']): string[] => {
  const lines = roles.map((r) => `${roleText(r.role)}, ${where(r)}`)
  return lines.length > 3 ? [...lines.slice(0, 2), `and ${lines.length - 2} more`] : lines
}

/** Who is signed in and with which roles; the way out; the theme; in a demo the way back to its guided path. */
export function Account({ demo }: { demo: boolean }) {
  const me = useLiveQuery(viewMe, {}).data
  return (
    <div className="who">
      {me && <><b title={me.email}>{me.email}</b>{roleLines(me.roles).map((l) => <span className="block" key={l}>{l}</span>)}</>}
      {demo && <Link className="rows block" href="/?guide=open">Guided path</Link>}
      <div className="row-f">
        <ThemeChoice />
        <form method="post" action="/sign-out"><Button type="submit" small look="quiet">Sign out</Button></form>
      </div>
    </div>
  )
}
