import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils'
import type * as Bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

export type SchemaEngine = Bindings.SchemaEngine

/** The engine wants a schema even where it reads none of it. */
const justPostgres: [string, string] = ['main.prisma', 'datasource db {\n  provider = "postgresql"\n}\n']
const charOid = 18
const textOid = 25

/**
 * Opens Prisma's schema engine as WebAssembly, so that nothing native has to be downloaded.
 * `datamodels` are [file name, content]; applying migrations needs none of yours. Close it when done: it holds connections.
 */
export async function openSchemaEngine(databaseUrl: string, datamodels: [string, string][] = [justPostgres]) {
  const bindings = await (loaded ??= loadBindings())
  const pools: pg.Pool[] = []
  const connect = async (database?: string) => {
    const pool = new pg.Pool({ ...connectionParts(databaseUrl), ...(database !== undefined && { database }), max: 4 })
    pools.push(pool)
    return { pool, adapter: await adapterFor(pool) }
  }
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => (await connect()).adapter,
    connectToShadowDb: async () => shadowDatabase(connect),
  }
  const engine = await bindings.SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(factory))
  const close = async () => {
    engine.free()
    await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()))
  }
  return { engine, close }
}

// The glue holds one instance per process: a second would take the memory of the first away from its engines.
let loaded: Promise<typeof Bindings> | undefined

// Node runs the package's own entry only with WebAssembly modules enabled, so the module is instantiated by hand.
async function loadBindings(): Promise<typeof Bindings> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'))
  const bindings = (await import(pathToFileURL(path.join(folder, 'schema_engine_bg.js')).href)) as typeof Bindings
  const wasm = await WebAssembly.instantiate(readFileSync(path.join(folder, 'schema_engine_bg.wasm')), {
    './schema_engine_bg.js': importsOf(bindings),
  })
  bindings.__wbg_set_wasm(wasm.instance.exports)
  ;(wasm.instance.exports['__wbindgen_start'] as () => void)()
  // The engine calls this when it panics; without it the panic would surface as a missing-property error.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (text: string) => process.stderr.write(`schema engine: ${text}\n`) } })
  return bindings
}

// The generated glue is the import object. The engine guards its lock with a timer of 10 s that it never clears, which
// would keep a finished process waiting; so its timers do not hold the process.
function importsOf(bindings: typeof Bindings): WebAssembly.ModuleImports {
  const imports = { ...(bindings as unknown as WebAssembly.ModuleImports) }
  const timer = Object.keys(imports).find((name) => name.startsWith('__wbg_setTimeout_'))
  if (timer) imports[timer] = (run: () => void, waitMs: number) => setTimeout(run, waitMs).unref()
  return imports
}

// Host, port and user go apart: with a connection string, pg ignores the `database` given beside it.
function connectionParts(databaseUrl: string): pg.PoolConfig {
  const url = new URL(databaseUrl)
  const socket = url.searchParams.get('host')
  return {
    host: socket ?? url.hostname,
    port: Number(url.port || '5432'),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(url.searchParams.get('sslmode') === 'require' && { ssl: { rejectUnauthorized: false } }),
  }
}

/**
 * The engine's catalogue queries return the internal type "char", which the adapter refuses. It is read as text on
 * the way in and told to the engine as a character, the type it expects there.
 */
async function adapterFor(pool: pg.Pool): Promise<SqlDriverAdapter> {
  const charColumns = new Set<string>()
  // An idle connection that the server ends must not end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => {
    // `connection` is pg's wire level, absent from its types; our listener has to run before the client's own.
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter }
    connection.prependListener('rowDescription', ({ fields }: { fields: { name: string; dataTypeID: number }[] }) => {
      for (const field of fields.filter((f) => f.dataTypeID === charOid)) {
        field.dataTypeID = textOid
        charColumns.add(field.name)
      }
    })
  })
  const base = await new PrismaPg(pool).connect()
  return withOverrides(base, {
    ...charAware(base, charColumns),
    // The adapter's own cuts a script at every semicolon, also inside function bodies. Sent whole, Postgres parses it,
    // and runs it as one transaction.
    executeScript: async (script: string) => {
      await pool.query(script).catch((err: unknown) => {
        throw err instanceof pg.DatabaseError ? asAdapterError(err) : err
      })
    },
    startTransaction: async (...args: Parameters<SqlDriverAdapter['startTransaction']>) => {
      const tx = await base.startTransaction(...args)
      return withOverrides(tx, charAware(tx, charColumns))
    },
  })
}

/** The form in which the engine tells a database's own message instead of "external error". */
const asAdapterError = (err: pg.DatabaseError) =>
  new DriverAdapterError({ kind: 'postgres', code: err.code ?? 'XX000', severity: err.severity ?? 'ERROR', message: err.message, detail: err.detail, column: err.column, hint: err.hint })

const charAware = (queryable: SqlQueryable, charColumns: ReadonlySet<string>) => ({
  queryRaw: async (query: SqlQuery) => {
    const result = await queryable.queryRaw(query)
    const columnTypes = result.columnTypes.map((type, i) =>
      type === ColumnTypeEnum.Text && charColumns.has(result.columnNames[i] ?? '') ? ColumnTypeEnum.Character : type,
    )
    return { ...result, columnTypes }
  },
})

/** `target` with some methods replaced; the rest stay bound to it, since the adapters keep private state. */
function withOverrides<T extends object>(target: T, overrides: Partial<T>): T {
  return new Proxy(target, {
    get(object, key) {
      if (Object.hasOwn(overrides, key)) return Reflect.get(overrides, key) as unknown
      const value = Reflect.get(object, key) as unknown
      return typeof value === 'function' ? (value.bind(object) as unknown) : value
    },
  })
}

/** A throw-away database in which the engine replays migrations. Its pool has to end before it can be dropped. */
async function shadowDatabase(connect: (database?: string) => Promise<{ pool: pg.Pool; adapter: SqlDriverAdapter }>) {
  const owner = await connect()
  const name = `sluice_shadow_${crypto.randomUUID().replaceAll('-', '')}`
  await owner.adapter.executeScript(`CREATE DATABASE "${name}"`)
  const shadow = await connect(name)
  return withOverrides(shadow.adapter, {
    dispose: async () => {
      await shadow.pool.end()
      await owner.adapter.executeScript(`DROP DATABASE "${name}" WITH (FORCE)`)
      await owner.pool.end()
    },
  })
}
