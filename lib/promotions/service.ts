import 'server-only'

/** What routes and pages call: every function takes who asks and the parsed input, and decides for itself whether they may. */
export { create, plan } from '#lib/promotions/ask.ts'
export { cancel, decide, override, start, withdraw } from '#lib/promotions/commands.ts'
export { list, view } from '#lib/promotions/read.ts'
export { reviewOverride } from '#lib/promotions/review.ts'
