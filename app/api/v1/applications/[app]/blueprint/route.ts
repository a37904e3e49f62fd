import { exportBlueprint } from '#lib/blueprints/contract.ts'
import { exportYaml } from '#lib/blueprints/service.ts'
import { routeText } from '#lib/http/server.ts'

export const GET = routeText(exportBlueprint, exportYaml, 'text/yaml')
export * from '#lib/http/other-methods.ts'
