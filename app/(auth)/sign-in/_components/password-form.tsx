'use client'
import { type FormEvent, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import { postSignIn } from './post.ts'

export function PasswordForm({ callback }: { callback: string }) {
  const [error, setError] = useState<string>()
  const [isSending, setSending] = useState(false)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (isSending) return
    setSending(true)
    setError(undefined)
    const form = new FormData(event.currentTarget)
    const answer = await postSignIn('callback/demo', { email: String(form.get('email')), password: String(form.get('password')), callbackUrl: callback })
    // A whole load, not a client navigation: every cached answer of the person before is dropped.
    if ('url' in answer) return window.location.assign(callback)
    setError(answer.error)
    setSending(false)
  }

  return (
    <form method="post" onSubmit={(e) => void submit(e)} className="flex flex-col gap-4">
      <Field label="E-mail" hint="Demo accounts: admin, manager, manager2, developer, oncall and viewer, each @example.test with the password demo.">{(control) => <input {...control} name="email" type="email" autoComplete="username" required maxLength={254} />}</Field>
      <Field label="Password" error={error}>{(control) => <input {...control} name="password" type="password" autoComplete="current-password" required maxLength={1000} />}</Field>
      <Button type="submit" look="primary" requested={isSending ? 'Signing in' : undefined}>Sign in</Button>
    </form>
  )
}
