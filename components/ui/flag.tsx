import type { ReactNode } from 'react'
import { Icon, type IconName } from '#components/ui/icon.tsx'

/** A lasting property of a thing, as opposed to its state; `ask` colours the ones that wait for a person. */
export const Flag = ({ icon, ask = false, children }: { icon: IconName; ask?: boolean; children: ReactNode }) => (
  <span className={ask ? 'flag held' : 'flag'}><Icon name={icon} /><span>{children}</span></span>
)
