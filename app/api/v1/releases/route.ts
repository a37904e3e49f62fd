import { route } from '#lib/http/server.ts'
import { createRelease, listReleases } from '#lib/releases/contract.ts'
import { create, list } from '#lib/releases/service.ts'

export const GET = route(listReleases, list)
export const POST = route(createRelease, create)
export * from '#lib/http/other-methods.ts'
