'use client'
import { useMutation } from '@tanstack/react-query'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { Button } from '#components/ui/button.tsx'
import { countText } from '#components/ui/format.ts'
import { Mark } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { verifyAudit } from '#lib/audit/contract.ts'
import { call } from '#lib/platform/client.ts'

/** Walks every chain on demand: on a long log that takes a while, so it is not part of opening the page. */
export function Verify() {
  const check = useMutation({ mutationFn: () => call(verifyAudit, {}) })
  const answer = check.data
  return (
    <Section title="Chain" note="walks every row and names the first bad one" end={answer && <Stamp asOf={answer.at} prefix="checked" />}>
      <p className="row-f" role="status">
        <Button onPress={() => check.mutate()} requested={check.isPending ? 'Reading every row' : undefined}>Verify the chain</Button>
        {answer?.ok && <><Mark kind="pass">Whole</Mark> <span>{countText(answer.rows)} rows in {answer.chains} chains</span></>}
        {answer && !answer.ok && answer.firstBad && <><Mark kind="fail">Broken</Mark> <span>{answer.firstBad.chain} row {answer.firstBad.seq}: {answer.firstBad.problem}</span></>}
      </p>
      {check.error && <ProblemNote error={check.error} />}
    </Section>
  )
}
