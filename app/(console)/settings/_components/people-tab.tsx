'use client'
import { useState } from 'react'
import { useMay } from '#components/access/use-may.ts'
import type { Age } from '#components/live/age.tsx'
import { Pages, useFilters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Answer } from '#components/ui/answer.tsx'
import { Button } from '#components/ui/button.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { later } from '#components/ui/later.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { Section } from '#components/ui/section.tsx'
import { roleNames, roleVerbs } from '#lib/access/actor.ts'
import { listBindings } from '#lib/access/contract.ts'
import { roleText } from '#lib/access/words.ts'
import { countText } from '#lib/platform/words.ts'
import { type Binding, byPerson, placeText } from './role-words.ts'
import { bindingsInput } from './tabs.ts'

const RolesDialog = later(() => import('./roles-dialog.tsx').then((m) => m.RolesDialog))

export function PeopleTab({ age }: { age: Age }) {
  const filters = useFilters()
  const read = useLiveQuery(listBindings, bindingsInput({ cursor: filters.get('cursor') }))
  const may = [...useMay(['administer'], 'somewhere'), ...age.closed]
  const [open, setOpen] = useState<{ person: string | null; roles: readonly Binding[] } | null>(null)
  if (!read.data) return read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />
  const people = byPerson(read.data.items)
  const admins = people.filter((p) => p.bindings.some((b) => b.role === 'admin' && b.application === null)).length
  return (
    <>
      <Answer kind={admins > 1 ? 'pass' : 'held'} word={admins > 1 ? 'In order' : 'One admin'} below={<div className="grid justify-items-start gap-1 mt-3"><Button disabled={may.length > 0} describedBy={may.length > 0 ? 'why-not-people' : undefined} onPress={() => setOpen({ person: null, roles: [] })}>Give somebody a role</Button><Reasons id="why-not-people" reasons={may} /></div>}>
        {countText(people.length, 'person has', 'people have')} a role; {countText(admins, 'administers', 'administer')} everything.{admins < 2 && ' If that person is away, nobody can change roles or blueprints.'}
      </Answer>
      <Section title="People" note="a change holds at the next request, for their tokens too">
        {people.length === 0 ? <Empty>Nobody has a role that you may see.</Empty> : (
          <table className="tbl top stack">
            <caption className="sr-only">People and their roles</caption>
            <thead><tr><th scope="col">Person</th><th scope="col">Roles</th><th scope="col"><span className="sr-only">Change</span></th></tr></thead>
            <tbody>
              {people.map((p) => (
                <tr key={p.person}>
                  <th scope="row">{p.person}</th>
                  <td><ul>{p.bindings.map((b) => <li key={b.id}>{roleText(b.role)} <span className="t3">in {placeText(b)}</span></li>)}</ul></td>
                  <td className="num"><Button small disabled={may.length > 0} describedBy={may.length > 0 ? 'why-not-people' : undefined} onPress={() => setOpen({ person: p.person, roles: p.bindings })}>Change<span className="sr-only"> the roles of {p.person}</span></Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <Pages filters={filters} nextCursor={read.data.nextCursor} />
      </Section>
      <RoleTable />
      {open && <RolesDialog person={open.person} roles={open.roles} closed={age.closed} onClose={() => setOpen(null)} />}
    </>
  )
}

const verbText = { view: 'see', propose: 'make releases, ask for promotions', approve: 'approve, start, veto', operate: 'drive rollouts, write splits', roll_back: 'roll back', override: 'break glass', administer: 'change roles, blueprints, settings' } as const

const RoleTable = () => (
  <Section title="What a role may do">
    <table className="tbl tight stack">
      <caption className="sr-only">Roles and what they open</caption>
      <thead><tr><th scope="col">Role</th><th scope="col">May</th></tr></thead>
      <tbody>{roleNames.map((r) => <tr key={r}><th scope="row" className="whitespace-nowrap">{roleText(r)}</th><td className="t2">{roleVerbs[r].map((v) => verbText[v]).join('; ')}{r === 'on_call' && '; pause, abort, and send traffic toward stable'}{r === 'admin' && '; meets an approval rule only if the rule names admin'}</td></tr>)}</tbody>
    </table>
  </Section>
)
