import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

// A layout is drawn once and kept while the pages under it change, so it cannot be what asks who looks.
test.each(globSync('app/(console)/**/page.tsx', { cwd: root }))('%s asks who looks, by itself', (file) => {
  expect(readFileSync(path.join(root, file), 'utf8')).toMatch(/await pageActor\(\)/)
})

const known = ['app/(auth)/no-access/page.tsx', 'app/(auth)/sign-in/page.tsx']
test('no page is outside the console but those for signing in', () => {
  const pages = globSync('app/**/page.tsx', { cwd: root }).filter((file) => !file.startsWith('app/(console)/'))
  expect(pages.toSorted()).toEqual(known)
})

test('there are no server actions, whose ids anybody can call', () => {
  const files = globSync('{app,components,lib}/**/*.{ts,tsx}', { cwd: root }).filter((file) => !file.includes('.test.'))
  expect(files.filter((file) => /^\s*['"]use server['"]/m.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([])
})
