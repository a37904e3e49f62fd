'use client'
import { useFrame } from '#components/shell/use-frame.ts'

/** The name of an application by its slug; the slug where that is not known. */
export function useTitles(): (slug: string) => string {
  const { applications } = useFrame()
  return (slug) => applications.find((a) => a.slug === slug)?.title ?? slug
}

export const useApplicationTitle = (slug: string): string => useTitles()(slug)

export const ApplicationTitle = ({ slug }: { slug: string }) => <>{useApplicationTitle(slug)}</>
