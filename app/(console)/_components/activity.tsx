import { useTitles } from '#components/applications/title.tsx'
import { actorText } from '#components/audit/actor.ts'
import { withShortNames } from '#components/ui/in-words.tsx'
import { Log } from '#components/ui/log.tsx'
import type { ActivityEvent } from '#lib/overview/contract.ts'

/** Without the step's number, and without its actor, who stands at the end of the line. */
function sentenceOf(e: ActivityEvent): string {
  const text = e.message.replace(/^step \d+: (setWeight: )?/, '')
  return text.startsWith(`${e.actor.name} `) ? text.slice(e.actor.name.length + 1) : text
}

/** What people, rules and the engine did, as sentences. */
export function Activity({ events }: { events: readonly ActivityEvent[] }) {
  const title = useTitles()
  return <Log items={events.map((e) => ({ key: e.id, at: e.at, by: actorText(e), text: <>{e.chain !== '-' && <b>{title(e.chain)}: </b>}{withShortNames(sentenceOf(e))}{e.reason && !e.message.includes(e.reason) && <span className="t2"> “{e.reason}”</span>}</> }))} />
}
