/**
 * `npm run screens`: pictures of every screen into docs/screens, in the states that matter, of a product of its own (or of
 * the one at SLUICE_E2E_URL, with its EMULATOR_PORT and SLUICE_DATA_DIR). `-- overview target` takes those alone.
 */
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { chromium } from '@playwright/test'
import { findChromium } from '#scripts/chromium.ts'
import { startProduct } from '#scripts/e2e.ts'
import { root } from '#scripts/parts.ts'
import { Camera, looks } from '#scripts/screens-camera.ts'

const folder = path.join(root, 'docs/screens')

async function takeAll(only: readonly string[]): Promise<void> {
  // Which product it is the journeys' own parts read from the environment as they are loaded: hence only now.
  const { scenes } = await import('#scripts/screens-scenes.ts')
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
  try {
    const camera = new Camera(browser, folder)
    for (const scene of scenes) {
      if (only.length > 0 && !only.some((name) => scene.name.startsWith(name))) continue
      await camera.take(scene)
      process.stdout.write(`${scene.name}\n`)
    }
    writeFileSync(path.join(folder, 'README.md'), index(scenes))
  } finally {
    await browser.close()
  }
}

const picture = (name: string, look: (typeof looks)[number]) => (existsSync(path.join(folder, `${name}-${look.name}.png`)) ? `[<img src="${name}-${look.name}.png" width="${look.thumbWidth}" alt="${look.title}">](${name}-${look.name}.png)` : '')

const index = (scenes: readonly { name: string; title: string }[]) => `# The screens

Made by \`npm run screens\`; what was weak in them and what came of it is in [notes.md](notes.md). Desktop is 1440 px wide and phone 360 px, each light and dark.

| screen | ${looks.map((l) => l.title).join(' | ')} |
|---|${'---|'.repeat(looks.length)}
${scenes.map((s) => `| ${s.title} | ${looks.map((l) => picture(s.name, l)).join(' | ')} |`).join('\n')}
`

const given = process.env['SLUICE_E2E_URL']
const product = given ? { settings: {}, stop: () => Promise.resolve() } : await startProduct()
Object.assign(process.env, product.settings)
try {
  await takeAll(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  await product.stop()
}
