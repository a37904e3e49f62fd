import 'server-only'
import { type Actor, authorise, can } from '#lib/access/actor.ts'
import { sessionSeconds } from '#lib/access/session.ts'
import { type Env, env } from '#lib/platform/env.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import type { SettingsView, SignInWay, viewSettings } from '#lib/settings/contract.ts'

/** How this installation is set up, from the settings of the web process. Names and addresses only: no secret is read here. */
export function view(actor: Actor, _input: Parsed<typeof viewSettings>): Promise<SettingsView> {
  authorise(actor, 'view', null, 'see the settings')
  const settings = env()
  return Promise.resolve({
    address: settings.SLUICE_URL,
    signIn: { ways: ways(settings), sessionDays: sessionSeconds / 86_400, firstAdmins: can(actor, 'administer', { applicationId: null }) ? settings.SLUICE_ADMINS : null },
    cloud: settings.SLUICE_CLOUD === 'google' ? { kind: 'google', address: 'https://run.googleapis.com' } : { kind: 'emulator', address: `http://127.0.0.1:${settings.EMULATOR_PORT}` },
  })
}

const ways = (s: Env): SignInWay[] => [
  { id: 'oidc', name: s.OIDC_NAME, issuer: s.OIDC_ISSUER ?? null, redirectUrl: `${s.SLUICE_URL}/api/auth/callback/oidc`, settings: ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'], on: s.OIDC_ISSUER !== undefined },
  { id: 'google', name: 'Google', issuer: 'https://accounts.google.com', redirectUrl: `${s.SLUICE_URL}/api/auth/callback/google`, settings: ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'], on: s.GOOGLE_CLIENT_ID !== undefined },
  { id: 'demo', name: 'Demo accounts', issuer: null, redirectUrl: null, settings: ['SLUICE_DEMO'], on: s.SLUICE_DEMO },
]
