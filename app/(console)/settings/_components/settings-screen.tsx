'use client'
import { useQuery } from '@tanstack/react-query'
import { type Age, StaleStrip, useAge } from '#components/live/age.tsx'
import { type Filters, useFilters } from '#components/live/list-screen.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { listBindings, listTokens } from '#lib/access/contract.ts'
import { listConnections } from '#lib/connections/contract.ts'
import { query } from '#lib/platform/client.ts'
import { viewSettings } from '#lib/settings/contract.ts'
import { GoogleTab } from './google-tab.tsx'
import { PeopleTab } from './people-tab.tsx'
import { SignInTab } from './sign-in-tab.tsx'
import { bindingsInput, settingsTabs, type SettingsTab, tokensInput } from './tabs.ts'
import { TokensTab } from './tokens-tab.tsx'

const words = { people: 'People', tokens: 'Tokens', 'sign-in': 'Sign-in', google: 'Google Cloud' } satisfies Record<SettingsTab, string>
const parts = { people: PeopleTab, tokens: TokensTab, 'sign-in': SignInTab, google: GoogleTab } satisfies Record<SettingsTab, (props: { age: Age }) => React.ReactNode>

/** What each part reads, so that the frame, which stays while the parts change, can say how old it is. */
function useTabAge(tab: SettingsTab, filters: Filters): Age {
  const page = { all: filters.get('all'), cursor: filters.get('cursor') }
  const people = useQuery({ ...query(listBindings, bindingsInput(page)), enabled: tab === 'people' })
  const tokens = useQuery({ ...query(listTokens, tokensInput(page)), enabled: tab === 'tokens' })
  const settings = useQuery({ ...query(viewSettings, {}), enabled: tab === 'sign-in' || tab === 'google' })
  const connections = useQuery({ ...query(listConnections, {}), enabled: tab === 'google' })
  const reads = { people: [people], tokens: [tokens], 'sign-in': [settings], google: [settings, connections] } satisfies Record<SettingsTab, unknown>
  return useAge(...reads[tab])
}

export function SettingsScreen({ tab }: { tab: SettingsTab }) {
  const filters = useFilters()
  const Part = parts[tab]
  const age = useTabAge(tab, filters)
  return (
    <>
      <Bar crumbs={[{ text: 'Settings' }]} end={age.asOf && <Stamp asOf={age.asOf} live stale={age.stale} />} />
      <Head title="Settings"><p>Who may do what, what programs use, how people sign in, and the cloud that is driven.</p></Head>
      <Tabs label="Parts of the settings" tabs={settingsTabs.map((t) => ({ text: words[t], current: t === tab, href: filters.href({ tab: t === 'people' ? undefined : t, cursor: undefined, all: undefined }) }))} />
      <StaleStrip age={age}>Nothing is changed from here until it is read again; revoking stays open.</StaleStrip>
      <div className={age.stale ? 'is-stale' : undefined}><Part age={age} /></div>
    </>
  )
}
