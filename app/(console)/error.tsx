'use client'
import { useEffect } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Mark } from '#components/ui/mark.tsx'

/** A page that could not be drawn, inside the frame. What the product does goes on without it. */
export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  useEffect(() => {
    console.error(error)
  }, [error])
  return (
    <>
      <header className="head mt-11"><div><div className="title"><h1>This page could not be shown</h1></div><p>Rollouts go on without it. Nothing was written by opening it.</p></div></header>
      <p><Mark kind="error">Cannot show</Mark> <span className="t2">{error.digest ? `Error ${error.digest}; the same number is in the server's log.` : error.message}</span></p>
      <p className="mt"><Button onPress={reset}>Read again</Button></p>
    </>
  )
}
