import type { Resolve } from '#emulator/http/api.ts'
import type { Services } from '#emulator/run/change.ts'
export const knativeApis = (_services: Services): Resolve => () => null
