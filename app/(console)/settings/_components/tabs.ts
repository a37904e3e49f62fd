/** Parts of the settings, as `?tab=` names them; the first one is there without it. */
export const settingsTabs = ['people', 'tokens', 'sign-in', 'google'] as const
export type SettingsTab = (typeof settingsTabs)[number]

export const tabOf = (name: string | undefined): SettingsTab => settingsTabs.find((t) => t === name) ?? 'people'

type Filters = { all?: string | undefined; cursor?: string | undefined }
const page = (f: Filters) => ({ limit: 200, ...(f.cursor && { cursor: f.cursor }) })

/** What page and screen ask for, under one key. */
export const bindingsInput = (f: Filters) => page(f)
export const tokensInput = (f: Filters) => ({ ...page(f), ...(f.all === '1' && { all: '1' as const }) })
