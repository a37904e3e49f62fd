'use client'
import { Button } from '#components/ui/button.tsx'
import { CopyLine } from '#components/ui/copy-line.tsx'
import { Question } from '#components/ui/question.tsx'
import { At } from '#components/ui/time.tsx'
import type { createToken } from '#lib/access/contract.ts'
import type { Output } from '#lib/platform/endpoint.ts'

/** The secret, in this tab and only now: the server keeps its hash alone. */
export const TokenSecret = ({ token, onDone }: { token: Output<typeof createToken>; onDone(): void }) => (
  <Question title="Copy it now" lead={<>The secret of <b>{token.name}</b> is shown this once.</>}>
    <p className="t2">Copy it to where it is used; it cannot be shown again. It expires <At iso={token.expiresAt} />.</p>
    <CopyLine text={token.secret} label={`Secret of ${token.name}`} />
    <p className="mt"><Button onPress={onDone}>I have it: hide the secret</Button></p>
  </Question>
)
