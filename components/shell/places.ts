import type { IconName } from '#components/ui/icon.tsx'
import { to } from '#components/ui/route.ts'

/** Where G and a letter go, and what the palette offers to go to. */
export const places = [
  { key: 'O', href: to('/'), icon: 'overview', text: 'Overview' },
  { key: 'A', href: to('/applications'), icon: 'apps', text: 'Applications' },
  { key: 'E', href: to('/environments'), icon: 'environments', text: 'Environments' },
  { key: 'R', href: to('/releases'), icon: 'release', text: 'Releases' },
  { key: 'P', href: to('/promotions'), icon: 'promote', text: 'Promotions' },
  { key: 'L', href: to('/rollouts'), icon: 'rollout', text: 'Rollouts' },
  { key: 'U', href: to('/audit'), icon: 'audit', text: 'Audit' },
  { key: 'S', href: to('/settings'), icon: 'settings', text: 'Settings' },
  { key: 'D', href: to('/docs/api'), icon: 'api', text: 'API reference' },
  { key: 'N', href: to('/releases/new'), icon: 'release', text: 'New release' },
] as const satisfies readonly { key: string; href: string; icon: IconName; text: string }[]
