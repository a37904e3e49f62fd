import { parentPort } from 'node:worker_threads'
import type { Task } from '#bench/analysis/part.ts'
import { parts } from '#bench/analysis/parts.ts'

/** One task at a time: simulates it and hands its tallies back. */
parentPort?.on('message', (task: Task) => {
  const part = parts.find(({ name }) => name === task.part)
  if (part === undefined) throw new Error(`no part "${task.part}"`)
  parentPort?.postMessage(part.run(task))
})
