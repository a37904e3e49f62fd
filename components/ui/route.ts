import type { Route } from 'next'

/** An address that goes through data (crumbs, tables of links) before it reaches a link, still checked against the app's routes here. */
export const to = <T extends string>(href: Route<T>): Route => href as Route
