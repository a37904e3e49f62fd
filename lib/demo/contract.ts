import { z } from 'zod'
import { endpoint, Time } from '#lib/platform/endpoint.ts'

/** `href` is an address of the console. */
const GuideLink = z.object({ href: z.string(), label: z.string() })
export const GuideStep = z.object({
  key: z.enum(['release', 'staging', 'ask', 'approve', 'back']),
  title: z.string(),
  /** What is so, or what there is to do. */
  text: z.string(),
  /** E-mail address of the demo account that may do it; null when anybody may look. */
  account: z.string().nullable(),
  state: z.enum(['done', 'now', 'to_come']),
  link: GuideLink.nullable(),
  /** It waits for nothing but time, this many minutes of it. */
  passMinutes: z.number().int().nullable(),
})
export const GuideView = z.object({
  /** False where no demo runs, as with a real project. */
  available: z.boolean(),
  steps: z.array(GuideStep),
  /** The same once more, with a version that is free. */
  again: GuideLink.nullable(),
  /** Something goes on by itself: look again soon. */
  requested: z.boolean(),
  now: Time,
})
export type GuideView = z.infer<typeof GuideView>

export const viewGuide = endpoint({ id: 'demo.guide', method: 'GET', path: '/api/v1/demo/guide', verb: 'view', doing: 'see the guided path', summary: 'How far the guided path of the demo is.', input: z.object({}), output: GuideView })
export const passTime = endpoint({ id: 'demo.passTime', method: 'POST', path: '/api/v1/demo/time', verb: 'propose', doing: 'let time pass in the demo', summary: 'Let time pass in the demo: bakes, soaks and deadlines come nearer.', input: z.object({ minutes: z.number().int().min(1).max(60) }), output: z.object({ now: Time }) })
