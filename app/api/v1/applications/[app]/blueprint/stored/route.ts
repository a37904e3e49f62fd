import { viewBlueprint } from '#lib/blueprints/contract.ts'
import { view } from '#lib/blueprints/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(viewBlueprint, view)
export * from '#lib/http/other-methods.ts'
