import { createServer } from 'node:net'

/** Answers the line to end with when something listens on the port already, or undefined. */
export function portProblem(port: number, setting: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(
        code === 'EADDRINUSE'
          ? `Port ${port} is in use by another program: end it, or set ${setting} to another port.`
          : `Port ${port} cannot be used (${code ?? 'unknown reason'}): set ${setting} to another port.`,
      ),
    )
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(undefined)))
  })
}
