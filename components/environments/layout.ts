/** Where the boxes and lines of a promotion graph lie: across in percent of the width, down in pixels. */
export type GraphNode = { name: string; leftPercent: number; topPx: number }
export type GraphEdge = { from: string; to: string; soakSeconds: number; x1: number; y1: number; x2: number; y2: number }
export type Graph = { nodes: GraphNode[]; edges: GraphEdge[]; widthPercent: number; heightPx: number; boxPx: number }

type Stage = { slug: string; after: readonly { environment: string; soakSeconds: number }[] }

const boxPx = 74
const gapPx = 18
/** Room above the first row for what is written on a line. */
const headPx = 6
const gapPercent = 11
const widestPercent = 30

/** How many stages lie before each one. A stage that is not shown counts as not there; a blueprint has no circles. */
function depths(stages: readonly Stage[]): Map<string, number> {
  const found = new Map<string, number>()
  const depthOf = (s: Stage, seen: readonly string[]): number => {
    const before = stages.filter((o) => s.after.some((a) => a.environment === o.slug) && !seen.includes(o.slug))
    return before.length === 0 ? 0 : 1 + Math.max(...before.map((o) => depthOf(o, [...seen, s.slug])))
  }
  for (const s of stages) found.set(s.slug, depthOf(s, [s.slug]))
  return found
}

/** Columns by depth, rows in the blueprint's order, a line for each `after` between stages that are shown. */
export function layoutGraph(stages: readonly Stage[]): Graph {
  const depth = depths(stages)
  const columns = Math.max(0, ...depth.values()) + 1
  const widthPercent = Math.min(widestPercent, (100 - gapPercent * (columns - 1)) / columns)
  const perColumn = new Map<number, number>()
  const nodes = stages.map((s): GraphNode => {
    const column = depth.get(s.slug) ?? 0
    const row = perColumn.get(column) ?? 0
    perColumn.set(column, row + 1)
    return { name: s.slug, leftPercent: column * (widthPercent + gapPercent), topPx: headPx + row * (boxPx + gapPx) }
  })
  const at = (name: string) => nodes.find((n) => n.name === name)
  const edges = stages.flatMap((s) =>
    s.after.flatMap((a): GraphEdge[] => {
      const [from, to] = [at(a.environment), at(s.slug)]
      if (!from || !to) return []
      return [{ from: from.name, to: to.name, soakSeconds: a.soakSeconds, x1: from.leftPercent + widthPercent, y1: from.topPx + boxPx / 2, x2: to.leftPercent, y2: to.topPx + boxPx / 2 }]
    }),
  )
  const rows = Math.max(1, ...perColumn.values())
  return { nodes, edges, widthPercent, heightPx: headPx + rows * boxPx + (rows - 1) * gapPx, boxPx }
}
