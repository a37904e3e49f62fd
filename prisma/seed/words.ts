/** What the releases of each demo application were about: version step, note, and which services changed (all when left out). */
export type ReleaseWords = { step: 'minor' | 'patch'; note: string; services?: readonly string[] }

const convergence: ReleaseWords[] = [
  { step: 'minor', note: 'First pipeline run end to end: extract, normalise, load' },
  { step: 'patch', note: 'Retry BigQuery load jobs that were rate limited' },
  { step: 'minor', note: 'Tenants get datasets of their own' },
  { step: 'patch', note: 'Do not log the admin key when it is refused' },
  { step: 'minor', note: 'Encrypt tenant API keys with Cloud KMS' },
  { step: 'patch', note: 'Cache KMS handles between requests' },
  { step: 'patch', note: 'Schema check compares column order as well' },
  { step: 'minor', note: 'Rate limit per tenant, 100 requests a minute' },
  { step: 'patch', note: 'Answer 404 as JSON' },
  { step: 'minor', note: 'Streaming ingestion for large tenants' },
  { step: 'patch', note: 'Close the BigQuery client on shutdown' },
  { step: 'patch', note: 'Structured logs carry tenant_id' },
  { step: 'minor', note: 'Bootstrap is repeatable without recreating tables' },
  { step: 'patch', note: 'Pin the tzdata package' },
  { step: 'minor', note: 'Quota table and monthly limits' },
  { step: 'patch', note: 'Fix the overwritten "created" field in log records' },
]
const haystack: ReleaseWords[] = [
  { step: 'minor', note: 'API container on Cloud Run behind IAP' },
  { step: 'patch', note: 'Health endpoint checks the database' },
  { step: 'minor', note: 'Runs carry a run_id through every log line' },
  { step: 'patch', note: 'Smaller image: build tools stay in the build stage' },
  { step: 'minor', note: 'Iterations stop on a plateau of three' },
  { step: 'patch', note: 'Pool size and overflow from settings' },
  { step: 'minor', note: 'Batch jobs report their queue depth' },
  { step: 'patch', note: 'Mail of a finished run links to its results' },
  { step: 'patch', note: 'External APIs back off at 30 requests a minute' },
  { step: 'minor', note: 'Grounding score is shown per claim' },
  { step: 'patch', note: 'Upload of atlases resumes after a cut' },
]
const genai: ReleaseWords[] = [
  { step: 'minor', note: 'Chat and generate endpoints, Streamlit front' },
  { step: 'patch', note: 'Prompts trimmed to the token limit', services: ['backend'] },
  { step: 'minor', note: 'Vote extraction from scanned forms' },
  { step: 'patch', note: 'Upload shows its progress', services: ['frontend'] },
  { step: 'patch', note: 'Reject forms above 20 MB with a clear message' },
  { step: 'minor', note: 'Answers stream as they are generated' },
  { step: 'patch', note: 'Datadog spans carry the model name', services: ['backend'] },
  { step: 'minor', note: 'API keys are checked on every endpoint', services: ['backend'] },
  { step: 'patch', note: 'Table of extracted votes can be sorted', services: ['frontend'] },
  { step: 'minor', note: 'Cache of common answers' },
  { step: 'patch', note: 'Security headers on every answer' },
]
export const wordsOf: Readonly<Record<string, readonly ReleaseWords[]>> = { convergence, haystack, 'genai-platform': genai }

export const authors = ['developer@example.test', 'noor@example.test', 'tomas@example.test', 'ines@example.test']
export const approvalComments = ['Staging looks good.', 'Read the changes, fine.', 'Checked with the on-call engineer.', null, null, null]
