import { alpha } from '#bench/analysis/part.ts'
import { kayentaHourly, kayentaPeeked } from '#bench/analysis/peers/kayenta.ts'
import { lindonMalek, lindonMalekOneSided } from '#bench/analysis/peers/lindon-malek.ts'
import { msprt } from '#bench/analysis/peers/msprt.ts'
import { argo, flagger } from '#bench/analysis/peers/thresholds.ts'
import { type Boundaries, obrienFleming, peekedZ, pocock } from '#bench/analysis/peers/z-tests.ts'
import type { Rule } from '#bench/analysis/rule.ts'

/** All the published rules on error rates. `tau` is mSPRT's; the others need to know nothing of the difference. */
export function everyPeer(share: number, tau: number, boundaries: Boundaries): Rule[] {
  const sequential = [lindonMalek(share, alpha), lindonMalekOneSided(share, alpha), msprt(tau, alpha)]
  return [...sequential, pocock(boundaries), obrienFleming(boundaries), peekedZ(), kayentaHourly(), kayentaPeeked(), flagger(), argo()]
}
