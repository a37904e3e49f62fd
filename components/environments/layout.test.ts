import { expect, test } from 'vitest'
import { layoutGraph } from '#components/environments/layout.ts'

const stage = (slug: string, ...after: string[]) => ({ slug, after: after.map((environment) => ({ environment, soakSeconds: 60 })) })

test('a chain goes from left to right with a line between neighbours', () => {
  const g = layoutGraph([stage('dev'), stage('staging', 'dev'), stage('production', 'staging')])
  const left = g.nodes.map((n) => n.leftPercent)
  expect(left).toEqual(left.toSorted((a, b) => a - b))
  expect(g.edges.map((e) => [e.from, e.to, e.x1 < e.x2])).toEqual([['dev', 'staging', true], ['staging', 'production', true]])
  expect((g.nodes[2]?.leftPercent ?? 0) + g.widthPercent).toBeLessThanOrEqual(100)
})

test('two that come after the same one share a column and do not overlap', () => {
  const g = layoutGraph([stage('staging'), stage('eu', 'staging'), stage('us', 'staging'), stage('all', 'eu', 'us')])
  const [eu, us] = [g.nodes[1], g.nodes[2]]
  expect(eu?.leftPercent).toBe(us?.leftPercent)
  expect((us?.topPx ?? 0) - (eu?.topPx ?? 0)).toBeGreaterThan(g.boxPx)
  expect(g.edges.filter((e) => e.to === 'all')).toHaveLength(2)
  expect(g.heightPx).toBeGreaterThanOrEqual((us?.topPx ?? 0) + g.boxPx)
})

test('one that may not be seen leaves no line, and what comes after it stands first', () => {
  const g = layoutGraph([stage('production', 'staging')])
  expect(g.edges).toEqual([])
  expect(g.nodes).toMatchObject([{ name: 'production', leftPercent: 0 }])
})
