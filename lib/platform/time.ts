/** Milliseconds since 1970 of an ISO time. Pure: policy files use it instead of the global Date, which would also offer a clock. */
export const msOf = (iso: string): number => Date.parse(iso)
export const isoOf = (ms: number): string => new Date(ms).toISOString()
