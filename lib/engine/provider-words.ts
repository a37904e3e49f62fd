import type { DriverError } from '#lib/drivers/errors.ts'

const doing: Readonly<Record<string, string>> = {
  getService: 'read the service', listRevisions: 'read the revisions', getRevision: 'read a revision',
  'updateService traffic': 'write the traffic', 'updateService template': 'deploy the new revision', createService: 'create the service',
}

/** Roles by Google's own list for Cloud Run: run.developer reads and updates services, a deploy also acts as the service's account. */
const next: Partial<Record<DriverError['kind'], string>> = {
  denied: 'Give the account that Sluice uses roles/run.developer on this project, and roles/iam.serviceAccountUser on the account that the service runs as; then try again, or abort',
  quota: 'Wait for the quota of the project to refill, then try again, or abort',
  not_found: 'Make what is missing, then try again, or abort',
  invalid: 'Mend what it names, then try again, or abort',
}

/** What a person reads when the provider did not do it: what was asked, the provider's own sentence, and what to do. */
export const providerWords = (e: DriverError): string => `The provider did not ${doing[e.operation] ?? e.operation}: ${e.message.replace(/\.$/, '')}. ${next[e.kind] ?? 'Try again once it is cured, or abort'}`
