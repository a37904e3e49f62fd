/** Parts of an application's page, as `?tab=` names them; the first one is there without it. */
export const applicationTabs = ['pipeline', 'releases', 'targets', 'blueprint'] as const
export type ApplicationTab = (typeof applicationTabs)[number]

export const tabOf = (name: string | undefined): ApplicationTab => applicationTabs.find((t) => t === name) ?? 'pipeline'
