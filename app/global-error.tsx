'use client'
import './globals.css'

/** The last resort, when even the frame failed: plain, without anything that could fail again. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="main">
          <h1 className="mt-6 text-title font-semibold">Sluice could not be shown</h1>
          <p className="t2 mt">Rollouts go on without this page. {error.digest ? `Error ${error.digest}; the same number is in the server's log.` : error.message}</p>
          <p className="mt"><button type="button" className="btn" onClick={reset}>Read again</button></p>
        </main>
      </body>
    </html>
  )
}
