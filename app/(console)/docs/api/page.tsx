import type { Metadata } from 'next'
import { paramsOf, type SearchParams } from '#components/live/search-params.ts'
import { openApi } from '#lib/http/openapi.ts'
import { readReference } from '#lib/http/reference.ts'
import { pageActor } from '#lib/http/server.ts'
import { env } from '#lib/platform/env.ts'
import { ReferenceScreen } from './_components/reference-screen.tsx'

export const metadata: Metadata = { title: 'API' }

export default async function ApiReferencePage({ searchParams }: { searchParams: SearchParams }) {
  await pageActor()
  const { q } = await paramsOf(searchParams, ['q'])
  return <ReferenceScreen reference={readReference(openApi(env().SLUICE_URL))} find={q ?? ''} />
}
