import type { ReactNode } from 'react'
import { explain } from '#components/actions/problem-note.tsx'
import { Button } from '#components/ui/button.tsx'
import { Skeleton } from '#components/ui/empty.tsx'
import { Mark } from '#components/ui/mark.tsx'

type Read = { error: unknown; isFetching: boolean; refetch(): unknown }

/** Instead of content that could not be read: the server's own words and the next safe step. */
export function Unreadable({ read }: { read: Read }) {
  const { text, requestId } = explain(read.error)
  return (
    <div className="empty" role="alert">
      <p><Mark kind="error">Cannot read</Mark> {text}</p>
      {requestId && <p className="small t3">Request <span className="mono">{requestId}</span></p>}
      <p className="mt"><Button onPress={() => void read.refetch()} requested={read.isFetching ? 'Reading' : undefined}>Read again</Button></p>
    </div>
  )
}

/** What stands in a page's place while it has no answer yet. */
export const Unread = ({ read, title }: { read: Read; title: string }): ReactNode => (
  <>
    <header className="head mt-11"><div><div className="title"><h1>{title}</h1></div></div></header>
    {read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />}
  </>
)
