import * as access from '#lib/access/contract.ts'
import * as applications from '#lib/applications/contract.ts'
import * as audit from '#lib/audit/contract.ts'
import * as backtest from '#lib/backtest/contract.ts'
import * as blueprints from '#lib/blueprints/contract.ts'
import * as connections from '#lib/connections/contract.ts'
import * as demo from '#lib/demo/contract.ts'
import * as environments from '#lib/environments/contract.ts'
import * as evidence from '#lib/evidence/contract.ts'
import * as frame from '#lib/frame/contract.ts'
import * as metrics from '#lib/metrics/contract.ts'
import * as overview from '#lib/overview/contract.ts'
import type { Endpoint } from '#lib/platform/endpoint.ts'
import * as promotions from '#lib/promotions/contract.ts'
import * as releases from '#lib/releases/contract.ts'
import * as rollouts from '#lib/rollouts/contract.ts'
import * as search from '#lib/search/contract.ts'
import * as settings from '#lib/settings/contract.ts'
import * as targets from '#lib/targets/contract.ts'

/** The modules of all contracts: endpoints, and the schemas that their answers are made of. */
export const contracts: readonly Record<string, unknown>[] = [access, frame, overview, blueprints, applications, environments, releases, promotions, rollouts, evidence, backtest, targets, metrics, search, audit, settings, connections, demo]

const isEndpoint = (value: unknown): value is Endpoint => typeof value === 'object' && value !== null && 'id' in value && 'method' in value && 'path' in value && 'verb' in value

/** Every endpoint of the API, found in the contracts: the reference, the access matrix and the route check read this. */
export const endpoints: readonly Endpoint[] = contracts.flatMap((contract) => Object.values(contract).filter(isEndpoint))
