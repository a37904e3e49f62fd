import 'server-only'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

/** A setting that is missing or wrong: one line for a person, without the value when it is a secret. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback)
const flag = z.enum(['0', '1']).transform((value) => value === '1')
const list = z.string().default('').transform((value) => value.split(',').map((item) => item.trim()).filter(Boolean))
/** `host[:port]=Bearer …` or `host[:port]=Basic …`, separated by commas, each once: by host, what is sent as Authorization. */
const authorizations = list
  .pipe(z.array(z.string().regex(/^[a-z0-9._:[\]-]+=(Bearer|Basic) [!-~]+$/i).transform((entry): [string, string] => [entry.slice(0, entry.indexOf('=')).toLowerCase(), entry.slice(entry.indexOf('=') + 1)])))
  .refine((entries) => new Set(entries.map(([host]) => host)).size === entries.length)
  .transform((entries) => new Map(entries))
const webUrl = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''))

const Settings = z.object({
  /** Where rollouts go: the embedded Google Cloud, or the real one. */
  SLUICE_CLOUD: z.enum(['emulator', 'google']).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Connections to the database per process. */
  SLUICE_DB_CONNECTIONS: z.coerce.number().int().min(2).max(200).default(10),
  PORT: port(3000),
  EMULATOR_PORT: port(3010),
  SLUICE_DATA_DIR: z.string().min(1).default('.data'),
  /** The address that people open; links in notifications and sign-in redirects are made from it. */
  SLUICE_URL: webUrl.optional(),
  NEXTAUTH_SECRET: z.string().min(16).optional(),
  /** E-mail addresses that become admin at their first sign-in. */
  SLUICE_ADMINS: list.pipe(z.array(z.email().transform((email) => email.toLowerCase()))),
  /** The provider's write quota per minute, project and region; a tenth of it is kept for rollback. */
  SLUICE_WRITES_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(180),
  SLUICE_LEASE_MS: z.coerce.number().int().min(100).max(600_000).default(10_000),
  /** Hosts and CIDR ranges that outgoing URLs may reach although they are private. */
  SLUICE_ALLOWED_HOSTS: list,
  /** What each Prometheus asks of callers. Never from a blueprint: whoever names an address would name what is sent there. */
  SLUICE_PROMETHEUS_AUTH: authorizations,
  /** Demo accounts: on in the embedded default, off unless set to 1 as soon as a database or real sign-in is configured. */
  SLUICE_DEMO: flag.optional(),
  OIDC_ISSUER: webUrl.optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_NAME: z.string().min(1).default('Single sign-on'),
  GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  GOOGLE_CLIENT_SECRET: z.string().min(1).optional(),
  /** The worker answers /healthz, /readyz and /metrics here; 0 is off. */
  SLUICE_WORKER_PORT: port(0),
  /** Address that the web process listens on, as Next reads it. */
  HOSTNAME: z.string().optional(),
  /** Bearer token that /metrics asks of callers outside this machine. */
  SLUICE_METRICS_TOKEN: z.string().min(16).optional(),
})

export type Env = Omit<z.infer<typeof Settings>, 'SLUICE_CLOUD' | 'SLUICE_DEMO' | 'SLUICE_URL' | 'DATABASE_URL' | 'NEXTAUTH_SECRET'> & {
  SLUICE_CLOUD: 'emulator' | 'google'
  SLUICE_DEMO: boolean
  SLUICE_URL: string
  DATABASE_URL: string
  NEXTAUTH_SECRET: string
  /** True when nobody named a database: it is the one in the data folder. */
  isEmbedded: boolean
}

/** What each wrong setting may be, in words; zod's own texts speak of types. */
const allowed: Partial<Record<keyof z.infer<typeof Settings>, string>> = {
  SLUICE_CLOUD: 'emulator or google',
  DATABASE_URL: 'an address such as postgresql://user:password@host:5432/sluice',
  SLUICE_DB_CONNECTIONS: 'a number from 2 to 200',
  PORT: 'a port from 0 to 65535',
  EMULATOR_PORT: 'a port from 0 to 65535',
  SLUICE_WORKER_PORT: 'a port from 0 to 65535',
  SLUICE_DATA_DIR: 'a folder',
  SLUICE_URL: 'an address such as https://sluice.example.com',
  NEXTAUTH_SECRET: 'at least 16 characters',
  SLUICE_METRICS_TOKEN: 'at least 16 characters',
  SLUICE_PROMETHEUS_AUTH: 'host=Bearer token or host=Basic credentials, several separated by commas, each host once',
  SLUICE_ADMINS: 'e-mail addresses separated by commas',
  SLUICE_LEASE_MS: 'milliseconds from 100 to 600000',
  SLUICE_WRITES_PER_MINUTE: 'a number from 1 to 100000',
  SLUICE_DEMO: '0 or 1',
  OIDC_ISSUER: 'an address such as https://login.example.com',
}

/**
 * Reads and checks all settings. Pure but for the data folder, where the embedded default keeps its database address
 * and session secret. Throws one `SettingError` that names every wrong setting and what is allowed.
 */
export function readEnv(source: Readonly<Record<string, string | undefined>>): Env {
  // An empty value counts as absent: compose files and CI write `NAME=` for what is not set.
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value.trim() !== ''))
  const parsed = Settings.safeParse(given)
  if (!parsed.success) throw new SettingError(describe(parsed.error))
  const settings = parsed.data
  const isEmbedded = settings.DATABASE_URL === undefined && settings.SLUICE_CLOUD !== 'google'
  if (settings.DATABASE_URL !== undefined && settings.SLUICE_CLOUD === undefined)
    throw new SettingError('SLUICE_CLOUD is missing: with DATABASE_URL set, say emulator or google')
  if (settings.DATABASE_URL === undefined && !isEmbedded)
    throw new SettingError('DATABASE_URL is missing: with SLUICE_CLOUD=google it has to name a Postgres 15 or newer')
  requireTogether(settings, ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'])
  requireTogether(settings, ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'])
  return {
    ...settings,
    SLUICE_CLOUD: settings.SLUICE_CLOUD ?? 'emulator',
    SLUICE_DEMO: settings.SLUICE_DEMO ?? (isEmbedded && settings.OIDC_ISSUER === undefined && settings.GOOGLE_CLIENT_ID === undefined),
    SLUICE_URL: settings.SLUICE_URL ?? `http://127.0.0.1:${settings.PORT}`,
    DATABASE_URL: settings.DATABASE_URL ?? embedded(settings.SLUICE_DATA_DIR, 'postgres.json', 'url'),
    NEXTAUTH_SECRET: settings.NEXTAUTH_SECRET ?? (isEmbedded ? embedded(settings.SLUICE_DATA_DIR, 'secret.json', 'nextauth') : missingSecret()),
    isEmbedded,
  }
}

type Shared = typeof globalThis & { sluiceEnv?: Env }
const shared = globalThis as Shared

/** The settings of this process. Read at first use and kept, so that building the product needs none of them. */
export const env = (): Env => (shared.sluiceEnv ??= readEnv(process.env))

/** Forgets what was read, for tests that set a variable after something else read them. */
export const forgetEnv = (): void => {
  delete shared.sluiceEnv
}

function embedded(dataFolder: string, file: string, key: string): string {
  // Without the remark the build takes this for a file of the project and copies the sources beside it into the image.
  const location = path.resolve(/* turbopackIgnore: true */ dataFolder, file)
  if (!existsSync(location))
    throw new SettingError(`DATABASE_URL is missing and ${location} does not exist: run npm start (or npm run postgres) first, or set DATABASE_URL`)
  const content = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(location, 'utf8')))
  const value = content[key]
  if (value === undefined) throw new SettingError(`${location} has no ${key}: delete the file and start again`)
  return value
}

const missingSecret = (): never => {
  throw new SettingError('NEXTAUTH_SECRET is missing: set it to a random text of at least 16 characters, the same for every process')
}

function requireTogether<K extends keyof z.infer<typeof Settings>>(settings: z.infer<typeof Settings>, names: readonly K[]) {
  const missing = names.filter((name) => settings[name] === undefined)
  if (missing.length > 0 && missing.length < names.length)
    throw new SettingError(`${missing.join(' and ')} missing: ${names.join(', ')} are set together or not at all`)
}

function describe(error: z.ZodError): string {
  const names = [...new Set(error.issues.map((issue) => String(issue.path[0])))]
  return names.map((name) => `${name} must be ${(allowed as Record<string, string>)[name] ?? 'set'}`).join('; ')
}
