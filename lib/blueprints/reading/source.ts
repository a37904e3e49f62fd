import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** What is wrong at one place of the text. Lines and columns start at 1. */
export type BlueprintProblem = {
  line: number
  column: number
  /** `spec.environments[1].strategy`; empty for the document itself. */
  path: string
  message: string
  /** What may stand there, when that is a list. */
  allowed: readonly string[] | null
  nearest: string | null
}
export type Path = readonly (string | number)[]

/** One node of the text and the way to it. `node` is null where the text has nothing. */
export type Cursor = { source: Source; node: Node | null; path: Path }

export type Source = {
  text: string
  lines: LineCounter
  document: Document
  /** The whole as plain data, for checks across the document; null when it cannot be had. */
  plain: unknown
  problems: BlueprintProblem[]
}

/** More would not be read by anybody, and a machine-made file could have millions. */
const maxProblems = 50
/** Enough for shared blocks; a "billion laughs" needs far more. */
const maxAliases = 100

export function openSource(text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false, version: '1.2' })
  const source: Source = { text, lines, document, plain: null, problems: [] }
  for (const e of [...document.errors, ...document.warnings]) report(source, e.pos[0], [], syntaxMessage(e.code, e.message))
  if (!text.isWellFormed() || text.includes('\0')) report(source, Math.max(text.indexOf('\0'), 0), [], 'the text has a NUL or half a surrogate pair')
  if (document.errors.length > 0) return source
  try {
    source.plain = document.toJS({ maxAliasCount: maxAliases })
  } catch (error) {
    report(source, 0, [], `aliases cannot be followed: ${error instanceof Error ? error.message : String(error)}`)
  }
  return source
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this field stands twice in one map; keep one'
  if (code === 'MULTIPLE_DOCS') return 'one YAML document per application; apply the others apart'
  return `not valid YAML: ${message.split('\n')[0] ?? message}`
}

export function report(source: Source, offset: number, path: Path, message: string, allowed: readonly string[] | null = null, nearest: string | null = null): void {
  if (source.problems.length >= maxProblems) return
  const { line, col } = source.lines.linePos(Math.min(Math.max(offset, 0), source.text.length))
  source.problems.push({ line: Math.max(line, 1), column: Math.max(col, 1), path: showPath(path), message, allowed, nearest })
}

/** Reports at the cursor's own place. */
export const problem = (at: Cursor, message: string, allowed: readonly string[] | null = null, nearest: string | null = null): void =>
  report(at.source, offsetOf(at.node) ?? nearestOffset(at.source, at.path), at.path, message, allowed, nearest)

/** Reports a problem found in the data behind `path`, at the deepest place of the text that exists. */
export const problemAt = (source: Source, path: Path, message: string, allowed: readonly string[] | null = null, nearest: string | null = null): void =>
  report(source, nearestOffset(source, path), path, message, allowed, nearest)

export const rootCursor = (source: Source): Cursor => ({ source, node: isNode(source.document.contents) ? source.document.contents : null, path: [] })

/** The node itself, an alias followed to what it stands for. */
export function resolved(at: Cursor): Node | null {
  const { node } = at
  if (node === null || !isAlias(node)) return node
  const target = node.resolve(at.source.document)
  return isNode(target) ? target : null
}

export const offsetOf = (node: unknown): number | null => (isNode(node) ? (node.range?.[0] ?? null) : null)

function nearestOffset(source: Source, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(source, path.slice(0, length))
    const offset = offsetOf(node)
    if (offset !== null) return offset
  }
  return 0
}

function nodeAt(source: Source, path: Path): unknown {
  let node: unknown = source.document.contents
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(source.document)
    if (isMap(node)) node = node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))?.value
    else if (isSeq(node) && typeof key === 'number') node = node.items[key]
    else return undefined
  }
  return node
}

export const showPath = (path: Path): string => path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('')
