export const dynamic = 'force-dynamic'

/** This process runs and answers; nothing else is asked, so that a slow database does not get it restarted. */
export const GET = () => Response.json({ ok: true })
