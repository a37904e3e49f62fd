'use client'
import type { Route } from 'next'
import { clsx } from 'clsx'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useLayoutEffect, useState } from 'react'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Button } from '#components/ui/button.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { MarkOnly } from '#components/ui/mark.tsx'
import { viewMe } from '#lib/access/contract.ts'
import { type GuideView, passTime, viewGuide } from '#lib/demo/contract.ts'
import { keepAway } from './guide-away.ts'

type Step = GuideView['steps'][number]
const marks = { done: { kind: 'pass', word: 'Done' }, now: { kind: 'waiting', word: 'Now' }, to_come: { kind: 'todo', word: 'To come' } } as const

/** The way over what only takes time; in the demo everybody's clock moves. */
function PassTime({ minutes }: { minutes: number }) {
  const write = useWrite(passTime)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const press = async () => {
    setBusy(true)
    setError(null)
    try {
      await write({ minutes }, newRequestKey())
    } catch (err) {
      setError(err)
    } finally {
      setBusy(false)
    }
  }
  return <>{error !== null && <ProblemNote error={error} />}<Button onPress={() => void press()} requested={busy ? 'Time passes' : undefined}>Let {minutes} min pass</Button></>
}

/** Four-eyes is real: a step is somebody's, and another one has to sign in for it. */
function Account({ step, me }: { step: Step; me: string | undefined }) {
  if (step.account === null || step.state !== 'now') return null
  if (step.account === me) return <p className="small t3">You are {me}: this is yours to do.</p>
  return (
    <form method="post" action="/sign-out" className="guide-who">
      <p className="small t3">For <b>{step.account}</b>, password demo{me && <>; you are {me}</>}.</p>
      <Button type="submit" small look="quiet">Sign out to change</Button>
    </form>
  )
}

const GuideStep = ({ step, me }: { step: Step; me: string | undefined }) => (
  <li className={clsx(step.state === 'now' && 'now')} aria-current={step.state === 'now' ? 'step' : undefined}>
    <MarkOnly {...marks[step.state]} />
    <div>
      <p><b>{step.title}</b>{step.account && step.state !== 'now' && <span className="small t3"> {step.account.split('@')[0]}</span>}</p>
      {step.state !== 'to_come' && <p className="small t2">{step.text}</p>}
      <Account step={step} me={me} />
    </div>
    <div className="guide-do">
      {step.passMinutes !== null && <PassTime minutes={step.passMinutes} />}
      {step.link && (step.state === 'now' ? <LinkButton href={step.link.href as Route}>{step.link.label}</LinkButton> : <Link className="rows small t2" href={step.link.href as Route}>{step.link.label}</Link>)}
    </div>
  </li>
)

/** A path through the real screens for who sees this for the first time; not there with a real project. */
export function Guide({ reopened, onAway }: { reopened: boolean; onAway(): void }) {
  const { data } = useLiveQuery(viewGuide, {})
  const me = useLiveQuery(viewMe, {}).data
  const router = useRouter()
  const personId = me?.id
  // With the drawing and not after it: who sees the path here and goes on finds it on the next page too.
  useLayoutEffect(() => {
    if (reopened && personId) keepAway(personId, false)
  }, [reopened, personId])
  if (!data?.available) return null
  const done = data.steps.filter((s) => s.state === 'done').length
  const putAway = () => {
    if (me) keepAway(me.id, true)
    onAway()
    // The address that reopened it must not do so again.
    if (reopened) router.replace('/')
  }
  return (
    <section className="sec guide" aria-labelledby="guide-title">
      <div className="sec-h">
        <h2 id="guide-title">Ship a bad release and watch it come back</h2>
        <p>{done === data.steps.length ? 'done' : `${done} of ${data.steps.length} done`}; about five minutes, on the real screens</p>
        <div className="end">{data.again && <Link className="rows small t2" href={data.again.href as Route}>{data.again.label}</Link>}<Button small look="quiet" onPress={putAway}>Put away</Button></div>
      </div>
      <ol>{data.steps.map((s) => <GuideStep key={s.key} step={s} me={me?.email} />)}</ol>
    </section>
  )
}
