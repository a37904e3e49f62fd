import { eventsHandler } from '#lib/http/events.ts'

export const dynamic = 'force-dynamic'
export const GET = eventsHandler
