import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import type { FrameView, viewFrame } from '#lib/frame/contract.ts'
import { findFrame } from '#lib/frame/store.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { isoOf } from '#lib/platform/time.ts'

export async function view(actor: Actor, _input: Parsed<typeof viewFrame>): Promise<FrameView> {
  const [rows, now] = await Promise.all([findFrame(actor), nowMs()])
  return {
    applications: rows.map(({ slug, title, mark }) => ({ slug, title, mark })),
    moving: rows.reduce((sum, r) => sum + r.moving, 0),
    waiting: rows[0]?.waiting ?? 0,
    now: isoOf(now),
  }
}
