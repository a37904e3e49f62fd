/**
 * Loaded into every process that scripts/start.ts starts. Descriptor 3 is a pipe that only the supervisor holds open:
 * when it closes, the supervisor is gone, however it ended, and this process ends too instead of keeping its port.
 */
import { Socket } from 'node:net'

const patienceMs = 10_000
const pipe = new Socket({ fd: 3, readable: true, writable: false })
pipe.on('error', () => pipe.destroy())
pipe.on('close', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), patienceMs).unref()
})
pipe.resume()
pipe.unref()
