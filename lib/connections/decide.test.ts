import { expect, test } from 'vitest'
import { explainFailure, explainPrometheus, explainPrometheusFailure, explainRun, explainWrite, type Failure, writeNotAsked } from '#lib/connections/decide.ts'

const failure = (over: Partial<Failure>): Failure => ({ kind: 'denied', operation: 'getService', message: "Permission 'run.services.get' denied.", ...over })

test('a missing role names the project, the role and the command that gives it', () => {
  expect(explainFailure('run', 'shop-prd', failure({}))).toEqual({
    kind: 'run', state: 'missing', message: "The account that Sluice runs as may not read Cloud Run in shop-prd: Permission 'run.services.get' denied",
    fix: 'gcloud projects add-iam-policy-binding shop-prd --member="$MEMBER" --role=roles/run.developer --condition=None',
  })
  expect(explainFailure('metrics', 'p', failure({})).fix).toContain('roles/monitoring.viewer')
  expect(explainFailure('images', 'p', failure({})).fix).toContain('roles/artifactregistry.reader')
})

test('an API that was never switched on is told apart from a missing role', () => {
  const found = explainFailure('metrics', 'p', failure({ message: 'Cloud Monitoring API has not been used in project 12 before or it is disabled.' }))
  expect(found).toMatchObject({ state: 'missing', fix: 'gcloud services enable monitoring.googleapis.com --project=p' })
})

test('missing credentials are said as such, whatever kind they came as', () => {
  expect(explainFailure('run', 'p', failure({ kind: 'unavailable', operation: 'credentials', message: 'Could not load the default credentials' }))).toMatchObject({ state: 'missing', fix: 'gcloud auth application-default login' })
})

test.each(['timeout', 'unavailable', 'quota'] as const)('%s says nothing of what is missing', (kind) => {
  expect(explainFailure('run', 'p', failure({ kind, message: 'try later' }))).toMatchObject({ state: 'cannot_tell', fix: null })
})

test('a permission that writing needs is named, with the role that has it and the command that gives it', () => {
  const needed = ['run.services.update', 'run.services.create']
  expect(explainWrite({ project: 'shop-prd', service: 'api' }, { needed, missing: ['run.services.update'] })).toEqual({
    kind: 'write', state: 'missing', message: 'The account that Sluice runs as may read api in shop-prd but lacks run.services.update, which releases need; roles/run.developer has it',
    fix: 'gcloud projects add-iam-policy-binding shop-prd --member="$MEMBER" --role=roles/run.developer --condition=None',
  })
  expect(explainWrite({ project: 'p', service: 'api' }, { needed, missing: needed }).message).toContain('lacks run.services.update and run.services.create')
  expect(explainWrite({ project: 'p', service: 'api' }, { needed, missing: [] })).toMatchObject({ state: 'ok', fix: null })
  expect(writeNotAsked('api')).toMatchObject({ state: 'not_needed', message: expect.stringContaining('run.services.create') as unknown })
})

test('a question about writing that was not taken says nothing of what is missing', () => {
  expect(explainFailure('write', 'p', failure({ kind: 'invalid', message: 'Permission run.services.create is not valid for this resource.' }))).toMatchObject({ state: 'cannot_tell', fix: null })
  expect(explainFailure('run', 'p', failure({ kind: 'invalid' }))).toMatchObject({ state: 'missing' })
})

test('a service that is not there yet is no fault of the connection', () => {
  expect(explainRun('api', { exists: false, revisions: 0 })).toMatchObject({ state: 'ok', message: 'Reading works; api is not there yet, its first release makes it' })
  expect(explainRun('api', { exists: true, revisions: 1 }).message).toBe('Read api: 1 revision serves')
})

test('a Prometheus that has nothing of a service leaves open why, and its own errors are told as they are', () => {
  expect(explainPrometheus('p.example', 'run_requests_total', 'api', ['api-1', 'api-2'])).toMatchObject({ state: 'ok', message: 'Read run_requests_total of api from Prometheus at p.example: 2 revisions in the last minutes' })
  expect(explainPrometheus('p.example', 'run_requests_total', 'api', [])).toMatchObject({ state: 'cannot_tell', fix: null })
  expect(explainPrometheusFailure(failure({ kind: 'unavailable', message: 'Prometheus at p.example cannot be reached: ECONNREFUSED' }))).toMatchObject({ kind: 'metrics', state: 'cannot_tell', fix: null })
  expect(explainPrometheusFailure(failure({ message: 'metrics.url: 10.0.0.7 is not a public address' }))).toMatchObject({ state: 'missing', message: 'metrics.url: 10.0.0.7 is not a public address' })
})
