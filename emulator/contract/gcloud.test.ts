import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { promisify } from 'node:util'
import { emulatedCloud } from '#emulator/contract/clients.ts'

// The command itself, on demand: it takes two seconds a call and is installed on few machines.
//   SLUICE_GCLOUD=1 vitest run emulator/contract/gcloud
// knative.test.ts has the same exchange without it.
const wanted = process.env['SLUICE_GCLOUD'] === '1'
if (wanted) execFileSync('gcloud', ['--version'])

const cloud = emulatedCloud()
const config = mkdtempSync(join(tmpdir(), 'sluice-gcloud-'))
afterAll(() => rmSync(config, { recursive: true, force: true }))

/** gcloud with a configuration of its own, no credentials, and every request by way of the emulator (gcp.md 4). */
async function gcloud(line: string): Promise<string> {
  const port = String(cloud.emulator.port)
  const env = {
    NODE_ENV: 'test' as const, PATH: process.env['PATH'], HOME: config, CLOUDSDK_CONFIG: config, CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true', CLOUDSDK_CORE_PROJECT: 'demo', CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true', CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true', CLOUDSDK_RUN_REGION: 'us-central1',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: 'http://run.local/', CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: `http://127.0.0.1:${port}/`,
    CLOUDSDK_PROXY_TYPE: 'http', CLOUDSDK_PROXY_ADDRESS: '127.0.0.1', CLOUDSDK_PROXY_PORT: port,
  }
  const { stdout, stderr } = await promisify(execFile)('gcloud', line.split(' ').slice(1), { env })
  return stdout + stderr
}

/** The lines of the deployment plans, with their placeholders filled in; those that gcloud refuses by itself are left out. */
const plans: [string, RegExp][] = [
  ['gcloud run deploy haystack-api --image=us-east1-docker.pkg.dev/P/haystack/api:latest --region=us-east1 --platform=managed --min-instances=0 --max-instances=10 --memory=4Gi --cpu=2 --timeout=60s --service-account=haystack-cloudrun@P.iam.gserviceaccount.com --vpc-connector=haystack-connector --set-secrets=DATABASE_PASSWORD=haystack-db-password:latest,SENDGRID_API_KEY=sendgrid-api-key:latest --set-env-vars=HAYSTACK_ENV=production,GCP_PROJECT_ID=P', /has been deployed and is serving/],
  ['gcloud run deploy convergence-api-prod --image gcr.io/your-project/convergence-api:v1.0.0 --region us-central1 --platform managed --allow-unauthenticated --set-env-vars=ENVIRONMENT=production --set-env-vars=LOG_LEVEL=INFO --update-secrets=ADMIN_API_KEY=admin-api-key-prod:latest --service-account=a@p.iam.gserviceaccount.com --memory=4Gi --cpu=4 --timeout=300', /has been deployed and is serving/],
  ['gcloud run deploy convergence-api-prod --image gcr.io/your-project/convergence-api:v1.1.0 --region us-central1 --no-traffic', /is serving .*0.* percent/],
  ['gcloud run services describe convergence-api-prod --region=us-central1 --format=value(status.url)', /^http:\/\/127\.0\.0\.1:\d+\/svc\/demo\/us-central1\/convergence-api-prod/],
  ['gcloud run services update-traffic convergence-api-prod --to-revisions=LATEST=10', /10%.*LATEST/],
  ['gcloud run services update-traffic convergence-api-prod --to-revisions=LATEST=50', /50%.*LATEST/],
  ['gcloud run services update-traffic convergence-api-prod --to-revisions=LATEST=100', /100%.*LATEST/],
  ['gcloud run services update-traffic convergence-api-prod --to-latest', /100%.*LATEST/],
  ['gcloud run revisions list --service=convergence-api-prod --region=us-central1', /convergence-api-prod-00001-abc/],
  ['gcloud run services update-traffic convergence-api-prod --to-revisions=convergence-api-prod-00001-abc=100 --region=us-central1', /100%.*convergence-api-prod-00001-abc/],
  ['gcloud run services update convergence-api-prod --memory 1Gi --cpu 1 --max-instances 5 --min-instances 0 --concurrency 80', /has been deployed/],
  ['gcloud run services list', /haystack-api/],
]

describe.skipIf(!wanted)('the lines of the plans, by gcloud', () => {
  test.each(plans)('%s', { timeout: 60_000 }, async (line, said) => {
    expect(await gcloud(line)).toMatch(said)
  })

  test('a revision that does not exist fails as the real API makes it fail', { timeout: 60_000 }, async () => {
    await expect(gcloud('gcloud run services update-traffic convergence-api-prod --to-revisions=convergence-api-prod-00077-abc=100')).rejects.toThrow(/does not exist or is deleted/)
  })
})
