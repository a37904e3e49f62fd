/**
 * Moving through what a page lists, by J and K. A row is a table row or list item with a link; its link takes the focus,
 * so that Enter opens it and a screen reader says it, with no state beside the page's own.
 */
type Row = { row: Element; link: HTMLElement }

const isShown = (el: Element) => el.getClientRects().length > 0
const rowOf = (a: Element): Element | null => (a.closest('nav') ? null : (a.closest('tbody tr') ?? a.closest('li')))

function rows(): Row[] {
  const found = new Map<Element, HTMLElement>()
  for (const a of document.querySelectorAll<HTMLElement>('main a[href]')) {
    const row = rowOf(a)
    if (!row || !isShown(a)) continue
    // The name of a row leads to the thing itself; other links of it lead elsewhere.
    const isName = a.closest('th[scope="row"]') !== null
    if (!found.has(row) || (isName && !found.get(row)?.closest('th[scope="row"]'))) found.set(row, a)
  }
  return [...found].map(([row, link]) => ({ row, link }))
}

const current = (list: readonly Row[]) => list.findIndex(({ row }) => row.contains(document.activeElement))

// Both are asked at each key: neither looks at every link of the page to answer.
export const hasRows = (): boolean => [...document.querySelectorAll('main a[href]')].some((a) => rowOf(a) !== null && isShown(a))
export const isInRow = (): boolean => document.activeElement !== null && rowOf(document.activeElement) !== null && current(rows()) >= 0

/** From no row, the next one is the first and the one before is the last. Ends do not wrap: holding the key stays there. */
export function moveRow(by: 1 | -1): void {
  const list = rows()
  const at = current(list)
  const to = at < 0 ? (by === 1 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)
  list[to]?.link.focus()
}

/** Back to the page: the next row is the first again. */
export const leaveRow = (): void => document.getElementById('main')?.focus()
