'use client'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Answer } from '#components/ui/answer.tsx'
import { Skeleton } from '#components/ui/empty.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { countText, listText } from '#lib/platform/words.ts'
import { viewSettings } from '#lib/settings/contract.ts'

export function SignInTab() {
  const read = useLiveQuery(viewSettings, {})
  if (!read.data) return read.error ? <Unreadable read={read} /> : <Skeleton rows={4} />
  const { address, signIn } = read.data
  const on = signIn.ways.filter((w) => w.on)
  const demo = on.some((w) => w.id === 'demo')
  return (
    <>
      <Answer kind={on.length === 0 ? 'fail' : demo ? 'held' : 'pass'} word={on.length === 0 ? 'Nobody can sign in' : demo ? 'Demo accounts are on' : 'In order'}>
        {on.length === 0 ? 'No way to sign in is set up.' : <>People sign in at {address} with {listText(on.map((w) => w.name))}.</>}
        {demo && ' Everybody who reaches this address can sign in with a known password; that is for a first look only.'}
      </Answer>
      <Section title="Ways to sign in" note="set where Sluice is started, so that no screen can open the door">
        <table className="tbl top stack">
          <caption className="sr-only">Ways to sign in</caption>
          <thead><tr><th scope="col">Way</th><th scope="col">State</th><th scope="col">Provider</th><th scope="col">Redirect address to register</th><th scope="col">Settings</th></tr></thead>
          <tbody>
            {signIn.ways.map((w) => (
              <tr key={w.id}>
                <th scope="row">{w.name}</th>
                <td><Mark kind={w.on ? 'pass' : 'todo'}>{w.on ? 'On' : 'Off'}</Mark></td>
                <td className="mono">{w.issuer ?? <span className="t3">{w.id === 'demo' ? 'this installation' : 'not named'}</span>}</td>
                <td className="mono">{w.redirectUrl ?? ''}</td>
                <td className="mono t2">{w.settings.join(' ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
      <Section title="Sessions and first admins">
        <dl className="kv">
          <dt>Session</dt><dd>{countText(signIn.sessionDays, 'day')}; roles are read at every request, and signing out ends it on the server.</dd>
          <dt>First admins</dt><dd>{signIn.firstAdmins === null ? 'Only an admin sees who becomes admin at the first sign-in.' : signIn.firstAdmins.length === 0 ? 'SLUICE_ADMINS names nobody.' : `${listText(signIn.firstAdmins)}, at the first sign-in (SLUICE_ADMINS).`}</dd>
        </dl>
      </Section>
    </>
  )
}
