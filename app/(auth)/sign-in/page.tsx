import type { Metadata, Route } from 'next'
import { redirect } from 'next/navigation'
import { providerLinks } from '#lib/access/auth-options.ts'
import { safeCallback } from '#lib/access/callback.ts'
import { currentPageActor } from '#lib/http/page.ts'
import { Icon } from '#components/ui/icon.tsx'
import { PasswordForm } from './_components/password-form.tsx'
import { ProviderButton } from './_components/provider-button.tsx'

export const metadata: Metadata = { title: 'Sign in' }

/** What a provider's refusal, carried in the address, means; never the word itself, which anybody can put there. */
const sentences: Record<string, string> = {
  unusable_email: 'The provider gave no verified address that can be used here.',
  disabled: 'This account is disabled. An admin can enable it.',
  unavailable: 'Signing in does not work right now. Try again in a moment.',
  AccessDenied: 'The provider refused.',
}
const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

export default async function SignInPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const given = await searchParams
  const callback = safeCallback(first(given['callbackUrl']))
  if (await currentPageActor()) redirect(callback as Route)
  const error = first(given['error'])
  const links = providerLinks()
  return (
    <>
      <header>
        <p className="brand px-0"><Icon name="logo" />Sluice</p>
        <h1 className="text-title">Sign in</h1>
        <p className="text-text-2">Release control: who may let what through, and the way back.</p>
      </header>
      {error !== undefined && <p role="alert" className="bad-text">{sentences[error] ?? 'Signing in did not work. Try again, or ask an admin to look at the log.'}</p>}
      {links.length === 0 && <p role="alert">No way to sign in is set up. Set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, or GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.</p>}
      {links.map((link) => (link.kind === 'redirect' ? <ProviderButton key={link.id} id={link.id} name={link.name} callback={callback} /> : <PasswordForm key={link.id} callback={callback} />))}
    </>
  )
}
