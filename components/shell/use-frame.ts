'use client'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { type FrameView, viewFrame } from '#lib/frame/contract.ts'

const nothing: Omit<FrameView, 'now'> = { applications: [], moving: 0, waiting: 0 }

/** What stands around every page; each page has it in its first draw. */
export const useFrame = (): Omit<FrameView, 'now'> => useLiveQuery(viewFrame, {}).data ?? nothing

/** As many as a row of choices or a side bar holds. */
export const namedAtMost = 50
