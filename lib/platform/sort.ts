/** The field and the direction of a `sort`; `otherwise` without one. */
export function sortOf<F extends string>(sort: F | `-${F}` | undefined, otherwise: F | `-${F}`): { field: F; direction: 'asc' | 'desc' } {
  const text = sort ?? otherwise
  return text.startsWith('-') ? { field: text.slice(1) as F, direction: 'desc' } : { field: text as F, direction: 'asc' }
}
