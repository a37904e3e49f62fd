import { expect, test } from './support/test.ts'
import { api, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

type Item = { id: string; application: string; version: string; environment: string; release: { version: string }; service: string; target: { environment: string; application: string } }
async function firstOf(route: string): Promise<Item> {
  const [first] = (await api(people.viewer, 'GET', route)).body['items'] as Item[]
  if (!first) throw new Error(`the seed made nothing for ${route}`)
  return first
}

test('the tab says which object a page shows, as does a link to it that is shared', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  const [release, promotion, rollout, target] = [await firstOf('/releases?limit=1'), await firstOf('/promotions?limit=1'), await firstOf('/rollouts?state=succeeded&limit=1'), await firstOf('/targets?limit=1')]
  const titles = {
    [`/releases/${release.id}`]: `${release.application} ${release.version} · Sluice`,
    [`/promotions/${promotion.id}`]: `${promotion.application} ${promotion.release.version} → ${promotion.environment} · Sluice`,
    [`/targets/${target.id}`]: `${target.service} in ${target.environment} · ${target.application} · Sluice`,
    [`/releases/${promotion.id}`]: 'Release · Sluice',
  }
  for (const [path, title] of Object.entries(titles)) {
    await page.goto(path)
    await expect(page, path).toHaveTitle(title)
  }
  await page.goto(`/rollouts/${rollout.id}`)
  const heading = await page.getByRole('heading', { level: 1 }).textContent()
  await expect(page).toHaveTitle(`${heading} · ${rollout.target.application} · Sluice`)
})
