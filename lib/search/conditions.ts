import 'server-only'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Words } from '#lib/search/words.ts'

/** Parts of the search's statement; every value goes in as a parameter. */
const { sql } = Prisma
type Sql = Prisma.Sql

/** Where the reader may look. `everywhere` makes the others moot. */
export type Scope = {
  everywhere: boolean
  /** Applications of which something may be seen, if only one environment. */
  applications: string[]
  /** Applications that may be seen whole. */
  whole: string[]
  environments: string[]
}

export const any = (parts: readonly Sql[]): Sql => (parts.length > 0 ? sql`(${Prisma.join(parts, ' or ')})` : sql`false`)
const all = (parts: readonly Sql[]): Sql => sql`(${Prisma.join(parts, ' and ')})`

/** The upper bound of a prefix of hexadecimal digits: `g` comes after every digit. */
const begins = (column: Sql, prefix: string): Sql => sql`(lower(${column}) ~>=~ ${prefix} and lower(${column}) ~<~ ${`${prefix}g`})`
const digestOf = (hex: string) => `sha256:${hex}`

/** 0 the very name, 1 its beginning, 2 a part of anything known of it. */
export const rank = (w: Words, names: readonly Sql[]): Sql => {
  const lower = names.map((n) => sql`lower(${n})`)
  return sql`case when ${any(lower.map((n) => sql`${n} = any(${w.names}::text[])`))} then 0 when ${any(lower.map((n) => sql`${n} like any(${w.prefixes}::text[])`))} then 1 else 2 end`
}

/** Every word is in one of these texts. */
export const fits = (w: Words, texts: readonly Sql[], id?: Sql): Sql => {
  const hay = sql`lower(concat_ws(' ', ${Prisma.join([...texts])}))`
  return all(w.all.map((word) => any([sql`${hay} like ${word.part}`, ...(id && word.id ? [sql`${id} = ${word.id}::uuid`] : [])])))
}

/** The same for what carries a release `r`, whose commit or digest may begin with a word. */
export const fitsRelease = (w: Words, texts: readonly Sql[], id: Sql): Sql => {
  const hay = sql`lower(concat_ws(' ', ${Prisma.join([...texts])}))`
  return all(
    w.all.map((word) =>
      any([
        sql`${hay} like ${word.part}`,
        ...(word.hex ? [begins(sql`r.commit`, word.hex), sql`exists (select 1 from artifact x where x.release_id = r.id and ${begins(sql`x.digest`, digestOf(word.hex))})`] : []),
        ...(word.id ? [sql`${id} = ${word.id}::uuid`] : []),
      ]),
    ),
  )
}

export const inEnvironments = (s: Scope, e: Sql): Sql => (s.everywhere ? sql`true` : sql`(${e}.application_id = any(${s.whole}::uuid[]) or ${e}.id = any(${s.environments}::uuid[]))`)
export const inApplications = (s: Scope, id: Sql): Sql => (s.everywhere ? sql`true` : sql`${id} = any(${s.applications}::uuid[])`)

/** Releases that a word names, by the indexes on version, commit and digest. */
export const namedReleases = (w: Words): Sql => {
  const hex = w.all.flatMap((word) => word.hex ?? [])
  const ids = w.all.flatMap((word) => word.id ?? [])
  return sql`
    select id from release where ${any(w.all.flatMap((word) => word.indexed.map((p) => sql`version ilike ${p}`)))}
    union select id from release where ${any(hex.map((h) => begins(sql`commit`, h)))}
    union select release_id from artifact where ${any(hex.map((h) => begins(sql`digest`, digestOf(h))))}
    union select id from release where id = any(${ids}::uuid[])`
}

/** The digest that a word begins, when that is how the release was found. */
export const foundDigest = (w: Words): Sql =>
  sql`(select x.digest from artifact x where x.release_id = r.id and ${any(w.all.flatMap((word) => (word.hex ? [begins(sql`x.digest`, digestOf(word.hex))] : [])))} limit 1)`
