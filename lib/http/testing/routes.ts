import { globSync } from 'node:fs'
import path from 'node:path'
import { GET as otherMethod } from '#lib/http/other-methods.ts'
import type { Endpoint } from '#lib/platform/endpoint.ts'

export type Handler = ((req: Request, ctx: { params: Promise<unknown> }) => Promise<Response>) & { endpoint?: Endpoint }
/** A route file: the methods that it answers itself, and all that it exports. */
export type RouteFile = { file: string; path: string; own: string[]; module: Record<string, Handler> }
export type Route = { file: string; method: string; path: string; handler: Handler }

const root = path.resolve(import.meta.dirname, '../../..')
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Every route file under app/api/v1, with the path its folders spell. */
export async function routeFiles(): Promise<RouteFile[]> {
  const files = globSync('app/api/v1/**/route.ts', { cwd: root })
  const found = await Promise.all(files.map(async (file) => routeFile(file, (await import(/* @vite-ignore */ path.join(root, file))) as Record<string, Handler>)))
  return found.toSorted((a, b) => a.path.localeCompare(b.path))
}

const routeFile = (file: string, module: Record<string, Handler>): RouteFile => {
  const pattern = `/${path.dirname(file).slice('app/'.length)}`.replaceAll(/\[(\w+)\]/g, ':$1')
  return { file, path: pattern, own: methods.filter((method) => module[method] && (module[method] as unknown) !== otherMethod), module }
}

/** Every method that a route file answers itself. */
export const allRoutes = async (): Promise<Route[]> => (await routeFiles()).flatMap(({ file, path: pattern, own, module }) => own.flatMap((method) => (module[method] ? [{ file, method, path: pattern, handler: module[method] }] : [])))
