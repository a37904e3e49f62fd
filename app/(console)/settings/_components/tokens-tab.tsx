'use client'
import { useState } from 'react'
import type { z } from 'zod'
import { useMay } from '#components/access/use-may.ts'
import { ActionDialog, type Ask } from '#components/actions/action-dialog.tsx'
import { justDone, useJustDone } from '#components/actions/just-done.ts'
import { Undo } from '#components/actions/undo.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import type { Age } from '#components/live/age.tsx'
import { FilterSeg, Pages, useFilters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Answer } from '#components/ui/answer.tsx'
import { Button } from '#components/ui/button.tsx'
import { useNowMs } from '#components/ui/clock.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { later } from '#components/ui/later.tsx'
import { Mark, type MarkKind } from '#components/ui/mark.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { Section } from '#components/ui/section.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import { type createToken, deleteToken, listTokens, type TokenView } from '#lib/access/contract.ts'
import type { Output } from '#lib/platform/endpoint.ts'
import { verbs } from '#lib/platform/verbs.ts'
import { countText } from '#lib/platform/words.ts'
import { tokensInput } from './tabs.ts'
import { TokenSecret } from './token-secret.tsx'

const NewToken = later(() => import('./token-dialog.tsx').then((m) => m.NewToken))

type Token = z.infer<typeof TokenView>

function stateOf(t: Token, nowMs: number): [MarkKind, string] {
  if (t.revokedAt) return ['skipped', 'Revoked']
  return Date.parse(t.expiresAt) <= nowMs ? ['skipped', 'Expired'] : ['pass', 'Good']
}

export function TokensTab({ age }: { age: Age }) {
  const filters = useFilters()
  const all = filters.get('all') === '1'
  const read = useLiveQuery(listTokens, tokensInput({ all: filters.get('all'), cursor: filters.get('cursor') }))
  const mayAll = useMay(['administer'], 'everywhere')
  const revoke = useWrite(deleteToken)
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<Output<typeof createToken> | null>(null)
  const [ask, setAsk] = useState<Ask | null>(null)
  const now = useNowMs(60_000)
  const tokens = (read.data?.items ?? []).toSorted((a, b) => Number(stateOf(a, now)[0] !== 'pass') - Number(stateOf(b, now)[0] !== 'pass'))

  const confirm = (t: Token) =>
    setAsk({
      title: `Revoke ${t.name}?`, confirm: `Revoke ${t.name}`, danger: true,
      body: <p>{t.prefix}… of {t.person} is refused from the next request on. It cannot be made good again; {t.lastUsedAt ? <>it was last used <Ago iso={t.lastUsedAt} /></> : 'it was never used'}.</p>,
      reason: { kind: 'none' },
      run: async (_reason, key) => { await revoke({ id: t.id }, key) },
    })

  return (
    <>
      {read.data && <Said tokens={tokens.filter((t) => stateOf(t, now)[0] === 'pass')} all={all} nowMs={now} />}
      <MadeToken onRevoked={() => setMade(null)} tokens={tokens} />
      {made && <TokenSecret token={made} onDone={() => setMade(null)} />}
      <Section title="Tokens" note="a token may do what its person may, and no more than its scopes" end={<Button small disabled={age.stale} describedBy={age.stale ? 'why-no-token' : undefined} onPress={() => setMaking(true)}>Make a token</Button>}>
        <Reasons id="why-no-token" reasons={age.closed} />
        <div className="row-f">
          {mayAll.length === 0 ? <FilterSeg filters={filters} name="all" label="Whose tokens" options={[{ value: undefined, text: 'Mine' }, { value: '1', text: 'Of all people' }]} /> : <div className="small t3">Those of others: <Reasons reasons={mayAll} /></div>}
        </div>
        {!read.data ? read.error ? <Unreadable read={read} /> : <Skeleton rows={4} /> : tokens.length === 0 ? <Empty>No token yet. Make one for CI or a script; a person needs none.</Empty> : (
          <table className="tbl top stack">
            <caption className="sr-only">API tokens</caption>
            <thead><tr><th scope="col">Name</th>{all && <th scope="col">Person</th>}<th scope="col">May</th><th scope="col">Made</th><th scope="col">Last used</th><th scope="col">Expires</th><th scope="col">State</th><th scope="col"><span className="sr-only">Revoke</span></th></tr></thead>
            <tbody>
              {tokens.map((t) => {
                const [kind, word] = stateOf(t, now)
                return (
                  <tr key={t.id}>
                    <th scope="row">{t.name} <span className="mono t3">{t.prefix}…</span></th>
                    {all && <td>{t.person}</td>}
                    <td className="t2">{t.scopes.length === verbs.length ? 'all that the person may' : t.scopes.join(', ').replaceAll('_', ' ')}</td>
                    <td className="t2 nw" data-k="made"><At iso={t.createdAt} /></td>
                    <td className="t2 nw" data-k="last used">{t.lastUsedAt ? <Ago iso={t.lastUsedAt} /> : 'never'}</td>
                    <td className="t2 nw" data-k="expires"><Ago iso={t.expiresAt} /></td>
                    <td><Mark kind={kind}>{word}</Mark></td>
                    <td className="num">{kind === 'pass' && <Button small look="danger" onPress={() => confirm(t)}>Revoke<span className="sr-only"> {t.name}</span></Button>}</td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        )}
        <Pages filters={filters} nextCursor={read.data?.nextCursor ?? null} />
      </Section>
      {making && <NewToken onMade={(t) => { setMade(t); justDone.add('token', { id: t.id, name: t.name }) }} onClose={() => setMaking(false)} />}
      <ActionDialog ask={ask} onClose={() => setAsk(null)} />
    </>
  )
}

/** Right after it was made: nobody uses it yet. */
function MadeToken({ tokens, onRevoked }: { tokens: readonly Token[]; onRevoked(): void }) {
  const act = useJustDone('token')
  const revoke = useWrite(deleteToken)
  const token = tokens.find((t) => t.id === act?.id)
  if (!token) return null
  const undo = async (key: string) => {
    await revoke({ id: token.id }, key)
    onRevoked()
  }
  return <Undo act="token" word="Made" label={`Revoke ${token.name}`} allowed={token.revokedAt === null} onUndo={undo}>{token.name} works from now on.</Undo>
}

const soonMs = 7 * 24 * 3_600_000

/** How many work, and which stops working next. */
function Said({ tokens, all, nowMs }: { tokens: readonly Token[]; all: boolean; nowMs: number }) {
  const next = tokens.toSorted((a, b) => a.expiresAt.localeCompare(b.expiresAt))[0]
  const soon = next && Date.parse(next.expiresAt) - nowMs < soonMs
  return (
    <Answer kind={soon ? 'held' : tokens.length > 0 ? 'pass' : 'todo'} word={soon ? 'Expires soon' : tokens.length > 0 ? 'In order' : 'None'}>
      {all ? 'All people have' : 'You have'} {countText(tokens.length, 'token')} that can be used.{next && <> {next.name} is the next to expire, <Ago iso={next.expiresAt} />.</>}
    </Answer>
  )
}
