'use client'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { postSignIn } from './post.ts'

export function ProviderButton({ id, name, callback }: { id: string; name: string; callback: string }) {
  const [error, setError] = useState<string>()
  const [isSending, setSending] = useState(false)

  async function go() {
    setSending(true)
    setError(undefined)
    const answer = await postSignIn(`signin/${id}`, { callbackUrl: callback })
    if ('url' in answer) return window.location.assign(answer.url)
    setError(answer.error)
    setSending(false)
  }

  return (
    <div className="flex flex-col gap-2">
      <Button look="primary" requested={isSending ? `Going to ${name}` : undefined} onPress={() => void go()}>Sign in with {name}</Button>
      {error && <p role="alert" className="bad-text">{error}</p>}
    </div>
  )
}
