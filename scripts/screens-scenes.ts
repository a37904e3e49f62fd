import type { Page } from '@playwright/test'
import { Canary } from '#e2e/support/canary.ts'
import { moveTraffic } from '#e2e/support/outsider.ts'
import { api, control, people, until } from '#e2e/support/product.ts'
import type { Scene } from '#scripts/screens-camera.ts'

const { admin, manager, onCall, viewer, developer } = people
const canary = new Canary('screens')
let rolloutId = ''
let faultId = ''

const first = async (route: string): Promise<string> => ((await api(viewer, 'GET', route)).body['items'] as { id: string }[])[0]?.id ?? ''
const at = (folder: string, route: string) => async () => `/${folder}/${await first(route)}`
const target = (application: string, environment = 'production') => at('targets', `/targets?application=${application}&environment=${environment}&limit=1`)
const dialog = (page: Page) => page.getByRole('dialog').waitFor()

async function strike(fault: Record<string, unknown>): Promise<void> {
  faultId = ((await control('faults', fault)) as { id: string }).id
}
const heal = async () => void (await control(`faults?id=${faultId}`, undefined, 'DELETE'))

/** As the seed leaves it first; what moves clocks and traffic comes later, since every later picture shows it too. */
export const scenes: readonly Scene[] = [
  { name: 'sign-in', title: 'Sign in', who: null, path: '/sign-in' },
  { name: 'overview', title: 'Overview of a release manager', who: manager, path: '/' },
  { name: 'rollout', title: 'Rollout in a canary bake', who: manager, path: at('rollouts', '/rollouts?state=running&limit=1') },
  { name: 'rollout-rolled-back', title: 'Rollout that went back by itself', who: manager, path: at('rollouts', '/rollouts?state=rolled_back&limit=1') },
  { name: 'rollout-succeeded', title: 'Rollout that reached 100%', who: manager, path: at('rollouts', '/rollouts?state=succeeded&limit=1') },
  { name: 'promotion', title: 'Promotion that waits for an approval', who: manager, path: at('promotions', '/promotions?state=pending&limit=1') },
  { name: 'promotion-approve', title: 'The question before an approval', who: manager, path: at('promotions', '/promotions?state=pending&limit=1'), press: async (page) => { await page.getByRole('button', { name: /^Approve/ }).click(); await dialog(page) } },
  { name: 'promotion-refused', title: 'The same promotion for somebody who may not decide', who: viewer, path: at('promotions', '/promotions?state=pending&limit=1') },
  { name: 'promotion-succeeded', title: 'Promotion that is done', who: manager, path: at('promotions', '/promotions?state=succeeded&limit=1') },
  { name: 'target', title: 'Target', who: onCall, path: target('convergence') },
  { name: 'target-hold', title: 'Target with a release on hold', who: manager, path: target('haystack') },
  { name: 'target-cannot-measure', title: 'Target whose metrics cannot be read', who: onCall, prepare: async () => void (await control('metrics', { fail: '503' })), path: async () => `${await target('genai-platform', 'staging')()}?window=24h`, mend: async () => void (await control('metrics', { fail: null })) },
  { name: 'rollback-confirm', title: 'The one question of Roll back', who: onCall, path: target('convergence'), press: async (page) => { await page.getByRole('button', { name: /^Roll back/ }).click(); await dialog(page) } },
  { name: 'applications', title: 'Applications', who: manager, path: '/applications' },
  { name: 'application', title: 'Application', who: manager, path: '/applications/genai-platform' },
  { name: 'application-blueprint', title: 'Application, its blueprint', who: admin, path: '/applications/genai-platform?tab=blueprint' },
  { name: 'environments', title: 'Environments', who: manager, path: '/environments?application=genai-platform' },
  { name: 'releases', title: 'Releases', who: manager, path: '/releases' },
  { name: 'releases-empty', title: 'Releases, nothing found', who: manager, path: '/releases?q=nothing-is-called-so' },
  { name: 'release', title: 'Release', who: manager, path: at('releases', '/releases?application=haystack&limit=1') },
  { name: 'release-new', title: 'New release', who: developer, path: '/releases/new?application=convergence' },
  { name: 'release-new-refused', title: 'New release, with fields that are wrong', who: developer, path: '/releases/new?application=convergence', press: async (page) => { await page.getByRole('button', { name: 'Create the release' }).click(); await page.getByRole('alert').first().waitFor() } },
  { name: 'promotions', title: 'Promotions', who: manager, path: '/promotions' },
  { name: 'rollouts', title: 'Rollouts', who: manager, path: '/rollouts' },
  { name: 'audit', title: 'Audit', who: manager, path: '/audit' },
  { name: 'settings-people', title: 'Settings, people', who: admin, path: '/settings' },
  { name: 'settings-tokens', title: 'Settings, tokens', who: admin, path: '/settings?tab=tokens' },
  { name: 'settings-google', title: 'Settings, connection to Google', who: admin, path: '/settings?tab=google' },
  { name: 'api', title: 'API reference', who: developer, path: '/docs/api?q=promotions' },
  { name: 'find', title: 'Find anything', who: manager, path: '/', press: async (page) => { await page.keyboard.press('Control+k'); await page.getByRole('combobox', { name: 'Find anything' }).fill('conv'); await page.getByRole('option').first().waitFor() } },
  { name: 'keys', title: 'The keys of a page', who: manager, path: target('convergence'), press: async (page) => { await page.keyboard.press('?'); await dialog(page) } },
  { name: 'not-found', title: 'Nothing at this address', who: manager, path: '/rollouts/00000000-0000-4000-8000-000000000000' },
  {
    name: 'rollout-held', title: 'Rollout held after a change from outside', who: manager,
    prepare: async () => {
      await canary.begin()
      const r = await canary.atTenPercent('v1.1.0')
      rolloutId = r.id
      await moveTraffic(canary.service, { [r.stable?.revision ?? '']: 60, [r.candidate?.revision ?? '']: 40 })
      await control('clock', { advanceMs: 11_000 }) // the engine looks every 10 s
      await until('held', async () => (await canary.rollout(rolloutId)).state === 'held')
    },
    path: async () => Promise.resolve(`/rollouts/${rolloutId}`),
  },
  { name: 'overview-held', title: 'Overview with a held rollout', who: onCall, path: '/' },
  {
    name: 'rolled-back', title: 'Rollback that was read back', who: onCall,
    prepare: async () => {
      rolloutId = String((await api(onCall, 'POST', `/targets/${canary.targetId}/rollback`, { reason: 'Errors' })).body['id'])
      await until('it is back', async () => (await canary.rollout(rolloutId)).state === 'succeeded')
    },
    path: async () => Promise.resolve(`/rollouts/${rolloutId}`),
  },
  {
    name: 'target-stale', title: 'Target that cannot be read any more', who: onCall,
    prepare: async () => { await strike({ rpc: 'GetService', kind: 'error', status: 503 }); await control('clock', { advanceMs: 600_000 }) },
    path: target('haystack'), mend: heal,
  },
  {
    name: 'not-connected', title: 'Without its server', who: manager, path: '/rollouts',
    press: async (page) => {
      await page.context().setOffline(true)
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
      await page.getByText('Not connected').waitFor()
      await page.context().setOffline(false)
    },
  },
]
