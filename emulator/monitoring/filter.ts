import { invalid } from '#emulator/errors.ts'

/** What a filter is asked about: one time series. */
export interface Labels { metricType: string; metric: Record<string, string>; resourceType: string; resource: Record<string, string>; project: string }
export interface Filter { metricType: string; matches(labels: Labels): boolean }

type Test = (labels: Labels) => boolean
type Token = { kind: 'word' | 'text' | 'mark'; value: string; at: number }

const bad = (message: string) => invalid('filter', `Field filter had an invalid value: ${message}`)

function tokens(source: string): Token[] {
  const found: Token[] = []
  const pattern = /\s+|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|>=|<=|[()=:<>,-])|([A-Za-z0-9_./*]+(?:-[A-Za-z0-9_./*]+)*)/gy
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(source)
    if (!match) throw bad(`"${source}": unexpected character at position ${at}.`)
    const text = match[1] ?? match[2]
    if (text !== undefined) found.push({ kind: 'text', value: text.replace(/\\(.)/g, '$1'), at })
    else if (match[3] !== undefined) found.push({ kind: 'mark', value: match[3], at })
    else if (match[4] !== undefined) found.push({ kind: 'word', value: match[4], at })
  }
  return found
}

/**
 * The monitoring filter language as far as time series need it (cloud.google.com/monitoring/api/v3/filters, gcp.md 3.5):
 * comparisons joined by AND (or side by side), OR, NOT and brackets. It is not the language of Logging: a list of
 * values on the right side, `x=("a" OR "b")`, is refused. Exactly one metric type must be named.
 */
export function parseFilter(source: string): Filter {
  if (source.trim() === '') throw bad('the filter must specify a metric type.')
  const parser = new Parser(source)
  const matches = parser.whole()
  const [metricType, ...others] = new Set(parser.metricTypes)
  if (metricType === undefined || others.length > 0) throw bad(`"${source}": the query must name exactly one metric type.`)
  return { metricType, matches }
}

class Parser {
  readonly metricTypes: string[] = []
  readonly #source: string
  readonly #tokens: Token[]
  #at = 0
  constructor(source: string) {
    this.#source = source
    this.#tokens = tokens(source)
  }

  whole(): Test {
    const test = this.#either()
    const rest = this.#tokens[this.#at]
    if (rest) throw this.#unexpected(rest)
    return test
  }

  #either(): Test {
    const parts = [this.#all()]
    while (this.#takeWord('OR')) parts.push(this.#all())
    return labels => parts.some(part => part(labels))
  }

  #all(): Test {
    const parts = [this.#one()]
    for (;;) {
      const next = this.#tokens[this.#at]
      if (!next || (next.kind === 'mark' && next.value === ')') || (next.kind === 'word' && next.value === 'OR')) break
      this.#takeWord('AND')
      parts.push(this.#one())
    }
    return labels => parts.every(part => part(labels))
  }

  #one(): Test {
    if (this.#takeWord('NOT') || this.#takeMark('-')) {
      const inner = this.#one()
      return labels => !inner(labels)
    }
    if (!this.#takeMark('(')) return this.#comparison()
    const inner = this.#either()
    if (!this.#takeMark(')')) throw this.#unexpected(this.#tokens[this.#at])
    return inner
  }

  #comparison(): Test {
    const field = this.#take('word')
    const operator = this.#take('mark').value
    const read = reader(field.value)
    if (!read) throw bad(`"${this.#source}": unknown field '${field.value}' at position ${field.at}.`)
    if (this.#tokens[this.#at]?.value === '(' && this.#tokens[this.#at]?.kind === 'mark') throw bad(`"${this.#source}": a list of values is not allowed after '${operator}'; write (${field.value}="a" OR ${field.value}="b").`)
    const compare = this.#value(operator)
    if (field.value === 'metric.type' && operator === '=' && compare.exact !== null) this.metricTypes.push(compare.exact)
    return labels => {
      const value = read(labels)
      return value !== undefined && compare.test(value)
    }
  }

  #value(operator: string): { test: (value: string) => boolean; exact: string | null } {
    const token = this.#tokens[this.#at++]
    if (!token || token.kind === 'mark') throw this.#unexpected(token)
    if (token.kind === 'word' && this.#takeMark('(')) return { test: this.#call(token, operator), exact: null }
    const wanted = token.value
    const tests: Record<string, (value: string) => boolean> = {
      '=': value => value === wanted, '!=': value => value !== wanted, ':': value => value.includes(wanted),
      '>': value => Number(value) > Number(wanted), '>=': value => Number(value) >= Number(wanted), '<': value => Number(value) < Number(wanted), '<=': value => Number(value) <= Number(wanted),
    }
    const test = tests[operator]
    if (!test) throw this.#unexpected(token)
    return { test, exact: wanted }
  }

  #call(name: Token, operator: string): (value: string) => boolean {
    const given: string[] = []
    while (!this.#takeMark(')')) {
      given.push(this.#take('text').value)
      this.#takeMark(',')
    }
    const [first = ''] = given
    const tests: Record<string, (value: string) => boolean> = {
      starts_with: value => value.startsWith(first), ends_with: value => value.endsWith(first), has_substring: value => value.includes(first), one_of: value => given.includes(value),
    }
    if (name.value === 'monitoring.regex.full_match') {
      const pattern = this.#pattern(first)
      tests[name.value] = value => pattern.test(value)
    }
    const test = tests[name.value]
    if (!test || (operator !== '=' && operator !== '!=')) throw this.#unexpected(name)
    return operator === '=' ? test : value => !test(value)
  }

  #pattern(source: string): RegExp {
    try {
      return new RegExp(`^(?:${source})$`)
    } catch {
      throw bad(`"${this.#source}": '${source}' is not a regular expression.`)
    }
  }

  #take(kind: Token['kind']): Token {
    const token = this.#tokens[this.#at++]
    if (token?.kind !== kind) throw this.#unexpected(token)
    return token
  }
  #takeWord(word: string): boolean {
    return this.#skipIf('word', word)
  }
  #takeMark(mark: string): boolean {
    return this.#skipIf('mark', mark)
  }
  #skipIf(kind: Token['kind'], value: string): boolean {
    const token = this.#tokens[this.#at]
    if (token?.kind !== kind || token.value !== value) return false
    this.#at += 1
    return true
  }
  #unexpected(token: Token | undefined): Error {
    return bad(token ? `"${this.#source}": unexpected '${token.value}' at position ${token.at}.` : `"${this.#source}": it ends too early.`)
  }
}

function reader(field: string): ((labels: Labels) => string | undefined) | null {
  if (field === 'metric.type') return labels => labels.metricType
  if (field === 'resource.type') return labels => labels.resourceType
  if (field === 'project') return labels => labels.project
  const label = /^(metric|resource)\.labels?\.([a-z_]+)$/.exec(field)
  const name = label?.[2] ?? ''
  if (label?.[1] === 'metric') return labels => labels.metric[name]
  return label?.[1] === 'resource' ? labels => labels.resource[name] : null
}
