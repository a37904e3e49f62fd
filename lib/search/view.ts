import type { Found } from '#lib/search/contract.ts'
import type { Row } from '#lib/search/store.ts'

type Facts = Row['facts']
const rollouts: Record<string, (f: Facts) => string> = {
  rollback: (f) => `Rollback of ${f.service} in ${f.environment}`,
  shift: (f) => `Traffic shift of ${f.service} in ${f.environment}`,
}

function titleOf({ kind, facts: f, id }: Row): string {
  if (kind === 'application') return f.name ?? id
  if (kind === 'target') return `${f.service} in ${f.environment}`
  if (kind === 'release') return f.version ?? id
  if (kind === 'rollout') return (rollouts[f.kind ?? ''] ?? (() => `Rollout of ${f.version ?? 'an unknown release'} to ${f.environment}`))(f)
  if (kind === 'promotion') return `${f.version} to ${f.environment}`
  if (kind === 'environment') return `${f.environment} of ${f.applicationTitle}`
  if (kind === 'person') return f.name ?? id
  return id
}

function detailOf({ kind, facts: f }: Row): string {
  const live = f.version ? `${f.version} live` : 'nothing there yet'
  const parts: Record<Row['kind'], readonly (string | null | undefined)[]> = {
    application: [f.by],
    target: [f.applicationTitle, live],
    revision: [f.applicationTitle, `${f.service} in ${f.environment}`, f.version],
    release: [f.applicationTitle, f.digest ?? `commit ${f.commit?.slice(0, 12)}`],
    rollout: [f.applicationTitle, f.service],
    promotion: [f.applicationTitle, `asked for by ${f.by}`],
    environment: [],
    person: [f.by],
  }
  return parts[kind].filter(Boolean).join(' · ')
}

const matches = ['exact', 'prefix', 'part'] as const

export const foundOf = (row: Row): Found => ({
  kind: row.kind, id: row.id, title: titleOf(row), detail: detailOf(row), match: matches[row.rank] ?? 'part',
  application: row.facts.application ?? null, environment: row.facts.environment ?? null, service: row.facts.service ?? null, target: row.facts.target ?? null,
  state: row.facts.state ?? null, at: row.at?.toISOString() ?? null,
})
