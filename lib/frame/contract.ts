import { z } from 'zod'
import { endpoint, Slug, Time } from '#lib/platform/endpoint.ts'

/** The worst that is so on any target of an application: what asks a person, then what moves. */
export const marks = ['held', 'drifted', 'moving', 'unreadable'] as const
export const FrameView = z.object({
  /** All that the reader may view, in slug order. */
  applications: z.array(z.object({ slug: Slug, title: z.string(), mark: z.enum(marks).nullable() })),
  /** Targets with a rollout under way. */
  moving: z.number().int(),
  /** Promotions that wait for a gate or a person. */
  waiting: z.number().int(),
  now: Time,
})
export type FrameView = z.infer<typeof FrameView>
export const viewFrame = endpoint({ id: 'frame.view', method: 'GET', path: '/api/v1/frame', verb: 'view', doing: 'see applications', summary: 'What stands around every page: applications with the worst that is so in each, how much moves and how much waits.', input: z.object({}), output: FrameView })
