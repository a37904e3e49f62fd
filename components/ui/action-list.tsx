import { Children, type ReactNode } from 'react'

/** Actions grouped by where they lead; the note says whether the group is open. */
export const ActionGroup = ({ arm, title, note, children }: { arm: 'st' | 'ca'; title: string; note: string; children: ReactNode }) =>
  Children.count(children) === 0 ? null : (
    <>
      <p className="dir"><span className={arm === 'ca' ? 'arm ca' : 'arm'}>{title}</span><span className="small">{note}</span></p>
      {children}
    </>
  )
