import { z } from 'zod'
import { endpoint } from '#lib/platform/endpoint.ts'

export const SignInWay = z.object({
  id: z.string(),
  /** As the button on the sign-in page says it. */
  name: z.string(),
  /** What it rests on; never a secret. */
  issuer: z.string().nullable(),
  /** The address to register with the provider. */
  redirectUrl: z.string().nullable(),
  /** The settings that switch it on. */
  settings: z.array(z.string()),
  on: z.boolean(),
})
export type SignInWay = z.infer<typeof SignInWay>

export const SettingsView = z.object({
  /** The address that people open. */
  address: z.string(),
  signIn: z.object({
    ways: z.array(SignInWay),
    sessionDays: z.number(),
    /** Who becomes admin at the first sign-in; null for those who do not administer everything. */
    firstAdmins: z.array(z.string()).nullable(),
  }),
  cloud: z.object({ kind: z.enum(['emulator', 'google']), address: z.string() }),
})
export type SettingsView = z.infer<typeof SettingsView>

export const viewSettings = endpoint({ id: 'settings.view', method: 'GET', path: '/api/v1/settings', verb: 'view', doing: 'see the settings', summary: 'How this installation is set up: ways to sign in and the cloud it drives, without any secret.', input: z.object({}), output: SettingsView })
