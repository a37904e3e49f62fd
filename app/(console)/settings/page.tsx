import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { paramsOf, type SearchParams } from '#components/live/search-params.ts'
import { listBindings } from '#lib/access/bindings.ts'
import { listBindings as bindingsEndpoint, listTokens as tokensEndpoint } from '#lib/access/contract.ts'
import { listTokens } from '#lib/access/tokens.ts'
import { inBrief, listApplications } from '#lib/applications/contract.ts'
import { list as applications } from '#lib/applications/service.ts'
import { listConnections } from '#lib/connections/contract.ts'
import { list as connections } from '#lib/connections/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewSettings } from '#lib/settings/contract.ts'
import { view } from '#lib/settings/service.ts'
import { SettingsScreen } from './_components/settings-screen.tsx'
import { bindingsInput, tabOf, tokensInput } from './_components/tabs.ts'

export const metadata: Metadata = { title: 'Settings' }

export default async function SettingsPage({ searchParams }: { searchParams: SearchParams }) {
  const { tab: name, ...filters } = await paramsOf(searchParams, ['tab', 'all', 'cursor'])
  const tab = tabOf(name)
  const load = {
    people: [ready(bindingsEndpoint, bindingsInput(filters), listBindings), ready(listApplications, inBrief, applications)],
    tokens: [ready(tokensEndpoint, tokensInput(filters), listTokens)],
    'sign-in': [ready(viewSettings, {}, view)],
    google: [ready(viewSettings, {}, view), ready(listConnections, {}, connections)],
  }
  return <Hydrated actor={await pageActor()} load={load[tab]}><SettingsScreen tab={tab} /></Hydrated>
}
