import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { analysis } from '#lib/blueprints/reading/analysis.ts'
import { environment } from '#lib/blueprints/reading/environment.ts'
import { checkReferences } from '#lib/blueprints/reading/references.ts'
import { oneOf, pattern, slug, text } from '#lib/blueprints/reading/scalars.ts'
import { bad, list, object, optional, required } from '#lib/blueprints/reading/shape.ts'
import { type BlueprintProblem, openSource, type Path, problemAt, report, rootCursor } from '#lib/blueprints/reading/source.ts'
import { strategy } from '#lib/blueprints/reading/strategy.ts'
import { suite } from '#lib/blueprints/reading/suite.ts'
import type { Analysis } from '#lib/rollouts/schema.ts'

export type { BlueprintProblem } from '#lib/blueprints/reading/source.ts'

/** `locate` names the place of a problem that shows only later, against people or other applications. */
export type ReadResult =
  | { ok: true; model: BlueprintModel; locate: (path: Path, message: string) => BlueprintProblem }
  | { ok: false; problems: readonly BlueprintProblem[] }

/** A blueprint of the largest system has some 20 kB. */
const maxCharacters = 200_000

const service = object(
  {
    name: required(slug),
    was: optional(slug, null),
    kind: required(oneOf(['service'], { worker: 'services of kind worker are', job: 'services of kind job are' })),
    repository: optional(pattern(/^[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9._-]+)+$/, 'an image repository such as us-docker.pkg.dev/project/name, without tag'), null),
  },
  { port: 'the port is', schema: 'schema rules of a service are' },
)

const later = {
  checklists: 'checklists are', alerts: 'alerts are', backups: 'backups are', notifications: 'notifications are', runbooks: 'runbooks are', cost: 'cost is', windows: 'windows are', freezes: 'freezes are',
  metrics: 'metrics of your own are', dashboards: 'dashboards are', secrets: 'checks of secrets are', policies: 'policies are', databases: 'databases are', uptime: 'uptime checks are', slos: 'service levels are', incidents: 'incidents are',
}

const document = object({
  apiVersion: required(oneOf(['sluice/v1'])),
  kind: required(oneOf(['Application'])),
  metadata: required(object({ name: required(slug), title: required(text(120)), owner: required(text(120)) }, { labels: 'labels are', description: 'a description is', links: 'links are' })),
  spec: required(
    object(
      {
        services: required(list(service, { min: 1, max: 50, of: 'services' })),
        order: optional(list(list(slug, { min: 1, max: 50, of: 'services' }), { max: 50, of: 'groups of services' }), []),
        environments: required(list(environment, { min: 1, max: 20, of: 'environments' })),
        strategies: required(list(strategy, { min: 1, max: 50, of: 'strategies' })),
        suites: optional(list(suite, { max: 50, of: 'suites' }), []),
      },
      later,
    ),
  ),
})

/**
 * Reads one YAML document into the model: durations in milliseconds, rates as fractions, defaults filled in.
 * Never throws for a bad document: answers every problem at once (at most 50), in the order of the text.
 */
export function readBlueprint(yaml: string): ReadResult {
  if (yaml.length > maxCharacters) return { ok: false, problems: [{ line: 1, column: 1, path: '', message: `the document has ${yaml.length} characters; at most ${maxCharacters} are allowed`, allowed: null, nearest: null }] }
  const source = openSource(yaml)
  if (source.problems.length > 0) return { ok: false, problems: source.problems }
  if (source.document.contents === null) {
    report(source, 0, [], 'the document is empty')
    return { ok: false, problems: source.problems }
  }
  const read = document(rootCursor(source))
  checkReferences(source)
  if (read === bad || source.problems.length > 0) return { ok: false, problems: inOrder(source.problems) }
  const { metadata, spec } = read
  const model: BlueprintModel = { ...metadata, services: spec.services, order: spec.order, environments: spec.environments, strategies: spec.strategies, suites: spec.suites }
  return { ok: true, model, locate: (path, message) => locate(yaml, path, message) }
}

/** Reads the `analysis` section of a strategy alone; answers every problem at once. */
export function readAnalysis(yaml: string): { ok: true; analysis: Analysis } | { ok: false; problems: readonly BlueprintProblem[] } {
  const source = openSource(yaml)
  if (source.problems.length > 0) return { ok: false, problems: source.problems }
  const read = analysis(rootCursor(source))
  return read === bad || source.problems.length > 0 ? { ok: false, problems: inOrder(source.problems) } : { ok: true, analysis: read }
}

function locate(yaml: string, path: Path, message: string): BlueprintProblem {
  const source = openSource(yaml)
  problemAt(source, path, message)
  const [found] = source.problems
  if (!found) throw new Error('a problem was reported and is not there')
  return found
}

const inOrder = (problems: readonly BlueprintProblem[]): BlueprintProblem[] => problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
