import { Worker } from 'node:worker_threads'
import type { Task } from '#bench/analysis/part.ts'
import type { Tallies } from '#bench/analysis/tally.ts'

export type Finished = { task: Task; tallies: Tallies; seconds: number }

/**
 * Runs tasks on so many workers, each taking the next one when it has finished its own.
 * @param onFinished is told each one as it ends, to show that something goes on
 * @throws what a task threw, after all workers were stopped
 */
export async function runAll(tasks: readonly Task[], workers: number, onFinished: (finished: Finished) => void): Promise<Finished[]> {
  const waiting = [...tasks]
  const finished: Finished[] = []
  const running = Array.from({ length: Math.min(workers, tasks.length) }, () => new Worker(new URL('worker.ts', import.meta.url)))
  try {
    await Promise.all(
      running.map(async (worker) => {
        for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
          const began = performance.now()
          const tallies = await ask(worker, task)
          const one = { task, tallies, seconds: (performance.now() - began) / 1000 }
          finished.push(one)
          onFinished(one)
        }
      }),
    )
  } finally {
    await Promise.all(running.map((worker) => worker.terminate()))
  }
  return finished
}

function ask(worker: Worker, task: Task): Promise<Tallies> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (tallies: Tallies) => {
      worker.off('error', reject)
      resolve(tallies)
    })
    worker.postMessage(task)
  })
}
