const yearSeconds = 31_536_000

/** One per person, since a demo's people share a browser. */
export const awayCookie = (personId: string): string => `guide-away-${personId}`

/** Kept in a cookie, so that the server draws the overview without it from the start. */
export function keepAway(personId: string, isAway: boolean): void {
  document.cookie = `${awayCookie(personId)}=1; path=/; max-age=${isAway ? yearSeconds : 0}; samesite=lax`
}
