/** A key that makes repeats of one decision one write. randomUUID is missing on plain http, getRandomValues is not. */
export const newRequestKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
