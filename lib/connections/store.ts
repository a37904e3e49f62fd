import 'server-only'
import { z } from 'zod'
import { Finding } from '#lib/connections/schema.ts'
import { db } from '#lib/platform/db/client.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'

const parts = { service: true, environment: { include: { application: true } }, connectionCheck: true } as const

/** Targets that are in use, of these applications (null: of all), with the doctor's last findings. */
export async function loadConnected(applicationIds: readonly string[] | null) {
  const rows = await db.target.findMany({
    where: { retiredAt: null, ...(applicationIds && { environment: { applicationId: { in: [...applicationIds] } } }) },
    include: parts, orderBy: [{ environment: { application: { slug: 'asc' } } }, { environment: { position: 'asc' } }, { service: { position: 'asc' } }],
  })
  return rows.map(({ connectionCheck: c, ...row }) => ({ ...row, locator: CloudRunLocator.parse(row.locator), check: c && { at: c.checkedAt, by: c.checkedBy, findings: z.array(Finding).parse(c.findings) } }))
}
export type ConnectedRow = Awaited<ReturnType<typeof loadConnected>>[number]

/** A check that took long must not write over a younger one. */
export async function storeFindings(targetId: string, check: { at: Date; by: string; findings: Finding[] }): Promise<void> {
  const data = { checkedAt: check.at, checkedBy: check.by, findings: check.findings }
  const { count } = await db.connectionCheck.updateMany({ where: { targetId, checkedAt: { lte: check.at } }, data })
  if (count === 0) await db.connectionCheck.createMany({ data: [{ targetId, ...data }], skipDuplicates: true })
}
