import { applyBlueprint } from '#lib/blueprints/contract.ts'
import { apply } from '#lib/blueprints/service.ts'
import { route } from '#lib/http/server.ts'

export const POST = route(applyBlueprint, apply)
export * from '#lib/http/other-methods.ts'
