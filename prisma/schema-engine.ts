#!/usr/bin/env node
/**
 * Stands in for the native schema engine of the prisma command: the same JSON-RPC on stdin and stdout, answered by
 * the WebAssembly build. Named by PRISMA_SCHEMA_ENGINE_BINARY (scripts/generate.ts sets it).
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { openSchemaEngine, type SchemaEngine } from '#prisma/engine.ts'

type Request = { id: number; method: string; params: unknown }

const { values, positionals } = parseArgs({
  options: { datasource: { type: 'string' }, datamodels: { type: 'string', multiple: true } },
  allowPositionals: true,
  strict: false,
})
const databaseUrl = typeof values.datasource === 'string' ? (JSON.parse(values.datasource) as { url: string }).url : 'postgresql://nobody@localhost/none'
if (positionals[0] === 'cli') await answerCommand(positionals[1] ?? '')
else await answerRequests()

async function answerRequests() {
  const files = (values.datamodels ?? []).filter((file) => typeof file === 'string')
  const { engine } = await openSchemaEngine(databaseUrl, files.map((file) => [file, readFileSync(file, 'utf8')]))
  const lines = createInterface({ input: process.stdin })
  lines.on('close', () => process.exit(0))
  for await (const line of lines) {
    const request = JSON.parse(line) as Request
    if (request.method === 'print') continue
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: request.id, ...(await answer(engine, request)) })}\n`)
  }
}

async function answer(engine: SchemaEngine, { method, params }: Request) {
  const call = Reflect.get(engine, method) as unknown
  if (typeof call !== 'function') return { error: { code: -32601, message: `The schema engine has no method ${method}` } }
  try {
    return { result: ((await call.call(engine, params)) as unknown) ?? null }
  } catch (error) {
    const { message, meta, code } = error as { message?: string; meta?: unknown; code?: string }
    const data = { is_panic: false, message: message ?? String(error), meta: meta ?? null, error_code: code ?? null }
    return { error: { code: 4466, message: 'An error happened. Check the data field for details.', data } }
  }
}

/** `cli can-connect-to-database` and `cli create-database`: the command reads failures as JSON log lines on stderr. */
async function answerCommand(command: string) {
  const url = new URL(databaseUrl)
  const name = decodeURIComponent(url.pathname.slice(1))
  if (command === 'create-database') url.pathname = '/postgres'
  const client = new pg.Client({ connectionString: url.href })
  try {
    await client.connect()
    if (command === 'create-database') await client.query(`create database ${client.escapeIdentifier(name)}`)
    await client.end()
    process.exit(0)
  } catch (error) {
    const { message, code } = error as { message: string; code?: string }
    const fields = { message, error_code: code === '3D000' ? 'P1003' : code === '42P04' ? 'P1009' : 'P1001' }
    process.stderr.write(`${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}\n`)
    process.exit(1)
  }
}
