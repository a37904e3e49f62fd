import type { Metadata } from 'next'
import { cache } from 'react'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { titled } from '#components/live/title.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewTarget } from '#lib/targets/contract.ts'
import { view } from '#lib/targets/service.ts'
import { BacktestScreen } from './_components/backtest-screen.tsx'

type Props = { params: Promise<{ id: string }> }
/** Once for the title and the page. */
const read = cache(async (id: string) => view(await pageActor(), { id }))

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  titled('Backtest', async () => {
    const t = await read((await params).id)
    return `Backtest of ${t.service} in ${t.environment} · ${t.application}`
  })

export default async function BacktestPage({ params }: Props) {
  const { id } = await params
  return (
    <Hydrated actor={await pageActor()} load={[ready(viewTarget, { id }, () => read(id), { main: true })]}>
      <BacktestScreen id={id} />
    </Hydrated>
  )
}
