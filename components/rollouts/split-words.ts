import { revisionSuffix } from '#components/ui/revision-name.tsx'

/** "90% to 00002-6tn, 10% to 00001-abc". */
export const splitWords = (split: Readonly<Record<string, number>>): string =>
  Object.entries(split).filter(([, p]) => p > 0).map(([name, p]) => `${p}% to ${revisionSuffix(name)}`).join(', ')
