import { z } from 'zod'
import { endpoint, Id, Slug, Time } from '#lib/platform/endpoint.ts'

/** What can be found, in the order in which equally good finds are listed. */
export const searchKinds = ['application', 'target', 'revision', 'release', 'rollout', 'promotion', 'environment', 'person'] as const
export type SearchKind = (typeof searchKinds)[number]

/** One thing that was found, with what a reader needs to tell it from its neighbours and a screen to go there. */
export const Found = z.object({
  kind: z.enum(searchKinds),
  id: Id,
  /** What it is called: "api in production", "1.4.0". */
  title: z.string(),
  /** Where it belongs and how it stands, and by what it was found when the title does not show it. */
  detail: z.string(),
  /** How well the words fit: the whole name, its beginning, or a part of what is known of it. */
  match: z.enum(['exact', 'prefix', 'part']),
  application: Slug.nullable(),
  environment: Slug.nullable(),
  service: Slug.nullable(),
  /** The target of a target, a revision or a rollout. */
  target: Id.nullable(),
  state: z.string().nullable(),
  at: Time.nullable(),
})
export type Found = z.infer<typeof Found>

export const SearchAnswer = z.object({
  /** Best first; of equally good ones by kind, then the newest first. */
  items: z.array(Found),
  /** Kinds of which more was found than is listed: further words narrow it. */
  more: z.array(z.enum(searchKinds)),
})

export const maxWords = 8
export const search = endpoint({
  id: 'search.find', method: 'GET', path: '/api/v1/search', verb: 'view', doing: 'search',
  summary: 'Find anything you may view by words, all of which must fit: names, versions, revisions, the beginning of a commit or digest, ids. At most 8 of a kind.',
  input: z.object({
    q: z.string().trim().min(1, 'one word at least').max(200)
      .refine((q) => q.split(/\s+/).length <= maxWords, `${maxWords} words at most`),
  }),
  output: SearchAnswer,
})
