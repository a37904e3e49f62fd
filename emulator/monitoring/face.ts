import type { Call } from '#emulator/call.ts'
import type { Cloud } from '#emulator/cloud.ts'
import { RpcError, invalid } from '#emulator/errors.ts'
import { callerAway } from '#emulator/monitoring/away.ts'
import { align, readAggregation, windowsOf } from '#emulator/monitoring/align.ts'
import { describeMetric, metricTypes } from '#emulator/monitoring/descriptors.ts'
import { parseFilter, type Labels } from '#emulator/monitoring/filter.ts'
import { reduce, type Labelled, type Result } from '#emulator/monitoring/reduce.ts'
import { seriesBetween, type Series } from '#emulator/monitoring/series.ts'
import type { Handler } from '#emulator/rest/router.ts'
import { isObject, type JsonObject } from '#emulator/state/json.ts'

const latencyMetric = 'run.googleapis.com/request_latencies'
const mostPoints = 100_000

/** Cloud Monitoring v3, metric side, for the two request metrics of Cloud Run (gcp.md 3.5). */
export function monitoringHandlers(cloud: Cloud): Record<string, Handler> {
  return {
    ListTimeSeries: async (request, call) => {
      await failWhenAsked(cloud, call)
      const { project, filter, startMs, endMs } = readQuery(request)
      const { samplePeriodSeconds, ingestDelaySeconds } = cloud.state.setting('metrics')
      const aggregation = readAggregation(request)
      const visibleUntilMs = cloud.clock.nowMs() - ingestDelaySeconds * 1000
      const windows = windowsOf(startMs, endMs, aggregation, samplePeriodSeconds, visibleUntilMs)
      const oldest = windows.at(-1)
      const newest = windows[0]
      const distribution = filter.metricType === latencyMetric
      const found = oldest && newest ? seriesBetween(cloud, project, oldest.fromSecond, newest.toSecond, distribution) : []
      const labelled = found.flatMap((series): Labelled[] => {
        const labels = labelsOf(series, filter.metricType)
        const aligned = filter.matches(labels) ? align(series, windows, aggregation.aligner !== 'ALIGN_NONE') : null
        return aligned ? [{ labels, aligned }] : []
      })
      return page(reduce(labelled, aggregation, distribution), filter.metricType, request)
    },

    ListMetricDescriptors: async (request, call) => {
      await failWhenAsked(cloud, call)
      const project = projectOf(request['name'])
      const wanted = /metric\.type\s*=\s*(?:starts_with\(\s*)?"([^"]+)"/.exec(String(request['filter'] ?? ''))?.[1] ?? ''
      return { metricDescriptors: metricTypes.filter(type => type.startsWith(wanted)).map(type => describeMetric(cloud, project, type)) }
    },

    GetMetricDescriptor: async (request, call) => {
      await failWhenAsked(cloud, call)
      const name = String(request['name'])
      const type = name.slice(name.indexOf('/metricDescriptors/') + '/metricDescriptors/'.length)
      if (!metricTypes.includes(type)) throw new RpcError('NOT_FOUND', `Could not find descriptor for metric '${type}'.`)
      return describeMetric(cloud, projectOf(name), type)
    },
  }
}

async function failWhenAsked(cloud: Cloud, call: Call): Promise<void> {
  const { fail } = cloud.state.setting('metrics')
  if (fail === '429') throw new RpcError('RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).')
  if (fail === '503') throw new RpcError('UNAVAILABLE', 'The service is currently unavailable.')
  if (fail === 'timeout') await callerAway(call.signal)
}

const projectOf = (name: unknown): string => /^projects\/([^/]+)/.exec(String(name))?.[1] ?? ''

function readQuery(request: JsonObject) {
  const filter = parseFilter(String(request['filter'] ?? ''))
  const interval = isObject(request['interval']) ? request['interval'] : {}
  if (typeof interval['endTime'] !== 'string') throw invalid('interval.endTime', 'Field interval.endTime had an invalid value: it is required.')
  const endMs = Date.parse(interval['endTime'])
  const startMs = typeof interval['startTime'] === 'string' ? Date.parse(interval['startTime']) : endMs
  if (startMs > endMs) throw invalid('interval.startTime', 'Field interval.startTime had an invalid value: the start time must not be later than the end time.')
  // Text of the real answer as remembered, not captured: assumed.
  if (!metricTypes.includes(filter.metricType)) throw new RpcError('NOT_FOUND', `Cannot find metric(s) that match type = "${filter.metricType}". If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.`)
  return { project: projectOf(request['name']), filter, startMs, endMs }
}

const labelsOf = (series: Series, metricType: string): Labels => ({
  metricType,
  metric: { response_code: series.code, response_code_class: `${series.code.slice(0, 1)}xx` },
  resourceType: 'cloud_run_revision',
  resource: { project_id: series.project, location: series.region, service_name: series.service, configuration_name: series.service, revision_name: series.revision },
  project: series.project,
})

/** `pageSize` counts points (metric_service.proto); a series may go on in the next page. */
function page(results: readonly Result[], metricType: string, request: JsonObject): JsonObject {
  const headers = request['view'] === 'HEADERS'
  const size = Math.min(Number(request['pageSize'] ?? 0) || mostPoints, mostPoints)
  const token = request['pageToken']
  let skip = typeof token === 'string' ? Number(Buffer.from(token, 'base64url').toString()) : 0
  if (!Number.isInteger(skip) || skip < 0) throw invalid('page_token', `'${String(token)}' is not a page token of this list.`)
  const offset = skip
  let room = size
  const timeSeries = results.flatMap(result => {
    const points = result.points.slice(skip, skip + room)
    skip = Math.max(0, skip - result.points.length)
    room -= points.length
    return points.length === 0 ? [] : [show(result, metricType, headers ? [] : points)]
  })
  const total = results.reduce((sum, result) => sum + result.points.length, 0)
  const next = offset + size < total ? Buffer.from(String(offset + size)).toString('base64url') : ''
  return { timeSeries, unit: metricType === latencyMetric ? 'ms' : '1', ...(next !== '' && { nextPageToken: next }) }
}

const show = (result: Result, type: string, points: JsonObject[]): JsonObject => ({
  metric: { type, labels: result.metricLabels },
  resource: { type: 'cloud_run_revision', labels: result.resourceLabels },
  metricKind: result.metricKind,
  valueType: result.valueType,
  ...(points.length > 0 && { points }),
})
