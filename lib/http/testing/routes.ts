import { globSync } from 'node:fs'
import path from 'node:path'
import type { Endpoint } from '#lib/platform/endpoint.ts'

export type Handler = ((req: Request, ctx: { params: Promise<unknown> }) => Promise<Response>) & { endpoint?: Endpoint }
export type Route = { file: string; method: string; path: string; handler: Handler }

const root = path.resolve(import.meta.dirname, '../../..')
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Every method of every route file under app/api/v1, with the path its folders spell. */
export async function allRoutes(): Promise<Route[]> {
  const files = globSync('app/api/v1/**/route.ts', { cwd: root })
  const found = await Promise.all(files.map(async (file) => handlersOf(file, (await import(/* @vite-ignore */ path.join(root, file))) as Record<string, Handler>)))
  return found.flat().toSorted((a, b) => a.path.localeCompare(b.path))
}

const handlersOf = (file: string, module: Record<string, Handler>): Route[] => {
  const pattern = `/${path.dirname(file).slice('app/'.length)}`.replaceAll(/\[(\w+)\]/g, ':$1')
  return methods.flatMap((method) => (module[method] ? [{ file, method, path: pattern, handler: module[method] }] : []))
}
