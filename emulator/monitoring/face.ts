import type { Cloud } from '#emulator/cloud.ts'
import type { Handler } from '#emulator/rest/router.ts'
export const monitoringHandlers = (_cloud: Cloud): Record<string, Handler> => ({})
