import { startEmulator, type Emulator } from '#emulator/server.ts'

/** The emulated cloud as a process of its own: `npm run emulator`. */
const portText = process.env['EMULATOR_PORT'] ?? '3010'
const port = Number(portText)

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

if (!/^\d{1,5}$/.test(portText) || port > 65_535) fail(`EMULATOR_PORT must be a port from 0 to 65535, got '${portText}'.`)

const databaseUrl = process.env['DATABASE_URL']
let emulator: Emulator
try {
  emulator = await startEmulator({
    port,
    dataDir: process.env['SLUICE_DATA_DIR'] ?? '.data',
    ...(databaseUrl !== undefined && databaseUrl !== '' && { databaseUrl }),
    demo: process.env['SLUICE_DEMO'] === '1',
  })
} catch (error) {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') fail(`Port ${port} of 127.0.0.1 is taken: set EMULATOR_PORT to a free one.`)
  throw error
}
console.log(JSON.stringify({ severity: 'INFO', message: 'emulator listening', port: emulator.port, url: `http://127.0.0.1:${emulator.port}`, pid: process.pid }))

let ending = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (ending) return
    ending = true
    void emulator.close().then(() => process.exit(0))
  })
}
