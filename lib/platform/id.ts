const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Ids are opaque to callers: one that cannot be ours is simply not found, without asking the database, which refuses it as an error. */
export const isId = (id: string): boolean => uuid.test(id)
