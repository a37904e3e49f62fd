import { authHandler } from '#lib/access/next-auth.ts'

export const GET = authHandler
export const POST = authHandler
