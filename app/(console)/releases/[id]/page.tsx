import type { Metadata } from 'next'
import { cache } from 'react'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { titled } from '#components/live/title.ts'
import { viewApplication } from '#lib/applications/contract.ts'
import { view as viewOne } from '#lib/applications/service.ts'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewRelease } from '#lib/releases/contract.ts'
import { view } from '#lib/releases/service.ts'
import { ReleaseScreen } from './_components/release-screen.tsx'

type Props = { params: Promise<{ id: string }> }
/** Once for the title and the page. */
const read = cache(async (id: string) => view(await pageActor(), { id }))

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  titled('Release', async () => {
    const r = await read((await params).id)
    return `${r.application} ${r.version}`
  })

export default async function ReleasePage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  // Where it may go stands on its application; a release that cannot be read is told of by the page's own reading.
  const application = await read(id).then((r) => r.application, () => null)
  return (
    <Hydrated actor={actor} load={[ready(viewRelease, { id }, () => read(id), { main: true }), ...(application === null ? [] : [ready(viewApplication, { app: application }, viewOne)]), ready(listAudit, { subject: `release:${id}`, limit: 20 }, listEvents)]}>
      <ReleaseScreen id={id} />
    </Hydrated>
  )
}
