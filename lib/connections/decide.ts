import type { Finding } from '#lib/connections/schema.ts'

/** How a read failed: the driver's kind and operation, and the provider's own words. */
export type Failure = { kind: 'conflict' | 'not_found' | 'quota' | 'unavailable' | 'timeout' | 'denied' | 'invalid' | 'failed'; operation: string; message: string }

type Kind = Finding['kind']
const what: Record<Kind, string> = { run: 'Cloud Run', write: 'Cloud Run', metrics: 'Cloud Monitoring', images: 'the image registry' }
const api: Record<Kind, string> = { run: 'run.googleapis.com', write: 'run.googleapis.com', metrics: 'monitoring.googleapis.com', images: 'artifactregistry.googleapis.com' }
const role: Record<Kind, string> = { run: 'roles/run.developer', write: 'roles/run.developer', metrics: 'roles/monitoring.viewer', images: 'roles/artifactregistry.reader' }

/** Google says so in one of these ways when an API was never switched on (google.rpc.ErrorInfo, reason SERVICE_DISABLED). */
const isSwitchedOff = (message: string): boolean => /SERVICE_DISABLED|has not been used in project|it is disabled/i.test(message)

/** What a failed read means for whoever set the connection up: what is missing, and the command that gives it. */
export function explainFailure(kind: Kind, project: string, failure: Failure): Finding {
  const said = failure.message.trim().replace(/\.$/, '')
  if (failure.operation === 'credentials')
    return { kind, state: 'missing', message: `Sluice runs without credentials of Google Cloud: ${said}`, fix: 'gcloud auth application-default login' }
  if (isSwitchedOff(said)) return { kind, state: 'missing', message: `${api[kind]} is not switched on in ${project}`, fix: `gcloud services enable ${api[kind]} --project=${project}` }
  if (failure.kind === 'denied')
    return {
      kind, state: 'missing', message: `The account that Sluice runs as may not read ${what[kind]} in ${project}: ${said}`,
      fix: grant(project, role[kind]),
    }
  // The question itself was not taken: that says nothing of what the account may do.
  if (kind === 'write' && (failure.kind === 'invalid' || failure.kind === 'failed' || failure.kind === 'not_found')) return { kind, state: 'cannot_tell', message: `Cloud Run did not say what may be written: ${said}`, fix: null }
  if (failure.kind === 'not_found') return { kind, state: 'missing', message: `${what[kind]} does not know it: ${said}`, fix: null }
  if (failure.kind === 'invalid' || failure.kind === 'failed') return { kind, state: 'missing', message: `${what[kind]} refused the read: ${said}`, fix: null }
  return { kind, state: 'cannot_tell', message: `${what[kind]} did not answer, so nothing is known: ${said}`, fix: null }
}

const grant = (project: string, name: string): string => `gcloud projects add-iam-policy-binding ${project} --member="$MEMBER" --role=${name} --condition=None`

/** What a release will have to write, asked of a service that is there. */
export function explainWrite(at: { project: string; service: string }, access: { needed: readonly string[]; missing: readonly string[] }): Finding {
  if (access.missing.length === 0) return { kind: 'write', state: 'ok', fix: null, message: `May write ${at.service}: ${access.needed.join(', ')}` }
  return {
    kind: 'write', state: 'missing', fix: grant(at.project, role.write),
    message: `The account that Sluice runs as may read ${at.service} in ${at.project} but lacks ${access.missing.join(' and ')}, which releases need; ${role.write} has ${access.missing.length === 1 ? 'it' : 'them'}`,
  }
}

export const writeNotAsked = (service: string): Finding => ({ kind: 'write', state: 'not_needed', fix: null, message: `Not asked: Google tells it of a service that is there, and ${service} is not yet; its first release needs run.services.create` })

export type Serving = { exists: boolean; revisions: number }

export const explainRun = (name: string, live: Serving): Finding => ({
  kind: 'run', state: 'ok', fix: null,
  message: live.exists ? `Read ${name}: ${live.revisions === 1 ? '1 revision serves' : `${live.revisions} revisions serve`}` : `Reading works; ${name} is not there yet, its first release makes it`,
})

/** What a Prometheus knows of a service; a wrong name of a metric or label looks like a service that nobody asks. */
export function explainPrometheus(host: string, metric: string, service: string, revisions: readonly string[]): Finding {
  if (revisions.length > 0) return { kind: 'metrics', state: 'ok', fix: null, message: `Read ${metric} of ${service} from Prometheus at ${host}: ${revisions.length === 1 ? '1 revision' : `${revisions.length} revisions`} in the last minutes` }
  return { kind: 'metrics', state: 'cannot_tell', fix: null, message: `Prometheus at ${host} answers, but has no ${metric} of ${service} from the last minutes: nobody asks the service, or a metric or label has another name there` }
}

/** Its errors name the host already; no command of Google's puts them right. */
export function explainPrometheusFailure(failure: Failure): Finding {
  const isUnknown = failure.kind === 'timeout' || failure.kind === 'unavailable' || failure.kind === 'quota'
  return { kind: 'metrics', state: isUnknown ? 'cannot_tell' : 'missing', fix: null, message: failure.message.trim().replace(/\.$/, '') }
}
