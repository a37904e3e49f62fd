import { signOutHandler } from '#lib/http/sign-out.ts'

export const POST = signOutHandler
