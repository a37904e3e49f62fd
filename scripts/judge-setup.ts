/** The first line that `npm run judge` reads, and what is said when it is wrong. */
import { z } from 'zod'
import type { JudgeRule, JudgeSetup } from '#lib/analysis/judge.ts'
import { SetupError } from '#lib/analysis/rule.ts'

/** An object whose unknown fields are refused with the names of those it knows. */
const fields = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, { error: ({ code }) => `${code === 'unrecognized_keys' ? 'no such field; there are' : 'an object with'} ${Object.keys(shape).join(', ')}` })

const number = (allowed: string) => z.number(allowed)
const Chance = number('a number between 0 and 1').gt(0, 'a number between 0 and 1').lt(1, 'a number between 0 and 1')
const Name = z.string('a name').min(1, 'a name')
const Count = number('a whole number from 0').int('a whole number from 0').nonnegative('a whole number from 0')
const Ratio = number('a number from 1').min(1, 'a number from 1')
const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `one of ${words.join(', ')}`)

const secondsPer = { s: 1, m: 60, h: 3600 } as const
/** Seconds, or "5m" as in a blueprint. */
const Duration = z.union(
  [
    z.number().positive(),
    z
      .string()
      .regex(/^\d+(\.\d+)?[smh]$/)
      .transform((text) => parseFloat(text) * secondsPer[oneOf(['s', 'm', 'h']).parse(text.at(-1))]),
  ],
  'seconds above 0, or a duration such as "5m"',
)

const Rate = z.union(
  [z.number().min(0).max(1), z.string().regex(/^\d+(\.\d+)?%$/).transform((text) => parseFloat(text) / 100).pipe(z.number().max(1))],
  'a fraction such as 0.01, or "1%"',
)
const Latency = z.union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?ms$/).transform(parseFloat)], 'milliseconds such as 500, or "500ms"')

const common = { minRequests: number('a whole number above 0').int('a whole number above 0').positive('a whole number above 0'), over: Duration.optional() }
const metrics = ['error_rate', 'latency_p50', 'latency_p95', 'latency_p99'] as const
const Threshold = z.discriminatedUnion(
  'metric',
  [fields({ metric: z.literal('error_rate'), max: Rate, ...common }), ...metrics.slice(1).map((metric) => fields({ metric: z.literal(metric), max: Latency, ...common }))],
  `metric (one of ${metrics.join(', ')}), max, minRequests and perhaps over`,
)

const Comparison = fields({
  metric: oneOf(['error_rate', 'latency']),
  alpha: Chance.optional(),
  tolerance: number('a number from 0').nonnegative('a number from 0').optional(),
  notWorseThan: number('a number above 1').gt(1, 'a number above 1').optional(),
  beta: Chance.optional(),
})

const Rule = fields({
  name: Name,
  alpha: Chance.optional(),
  mode: oneOf(['watch', 'ask', 'rollback']).optional(),
  compare: Comparison.optional(),
  threshold: Threshold.optional(),
}).transform(({ compare, threshold, ...rule }, context): JudgeRule => {
  if (compare && !threshold) return { ...rule, compare }
  if (threshold && !compare) {
    const { over, ...rest } = threshold
    return { ...rule, threshold: { ...rest, overSeconds: over } }
  }
  context.addIssue({ code: 'custom', message: 'either compare or threshold' })
  return z.NEVER
})

const Setup = fields({
  share: Chance,
  alpha: Chance,
  rules: z
    .array(Rule, 'a list of rules')
    .min(1, 'at least one rule')
    .refine((rules) => new Set(rules.map((r) => r.name)).size === rules.length, 'names are unique'),
  // JSON has no infinity: null is how the edge of an open bucket arrives.
  history: fields({ edgesMs: z.array(number('a number').nullable().transform((edge) => edge ?? Infinity), 'a list of numbers'), stableCounts: z.array(Count, 'a list of counts') }).optional(),
  past: fields({ requests: z.array(Count, 'a list of counts'), errors: z.array(Count, 'a list of counts') })
    .refine(({ requests, errors }) => requests.length === errors.length, 'as many errors as requests')
    .optional(),
  varianceRatio: Ratio.optional(),
  bunch: Ratio.optional(),
  latencyVarianceRatio: Ratio.optional(),
  revisions: fields({ candidate: Name, stable: Name }).optional(),
})

/** "rules[0].compare.metric" */
const fieldOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`), '')

/** The setup of the first line. @throws SetupError naming the field and what is allowed there */
export function readSetup(line: string): JudgeSetup {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw new SetupError('the setup line', line.trim() === '' ? 'missing; the first line of stdin is the setup' : 'not JSON')
  }
  const read = Setup.safeParse(json)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  throw new SetupError(fieldOf([...(issue?.path ?? []), ...unknown]) || 'the setup line', issue?.message ?? 'not understood')
}
