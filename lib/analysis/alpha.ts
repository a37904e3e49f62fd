/**
 * One chance of a false alarm shared by several tests: the chance that any of them is wrong is at most the sum of theirs (Bonferroni),
 * whatever the tests have in common. A test that names its part keeps it, the others share the rest equally.
 * @param total the chance allowed for all, between 0 and 1 @param given part of each test, undefined when it names none
 * @returns parts in the same order
 * @throws RangeError when the named parts exceed the total, or leave nothing for the tests that name none
 */
export function splitAlpha(total: number, given: readonly (number | undefined)[]): number[] {
  const named = given.reduce<number>((sum, a) => sum + (a ?? 0), 0)
  const unnamed = given.filter((a) => a === undefined).length
  // Decimal parts such as ten of .005 add up to a little more than .05 in binary.
  const rest = total - named
  if (rest < -1e-12) throw new RangeError(`the rules' alphas add up to ${Number(named.toPrecision(6))}, more than the ${total} allowed for all of them`)
  if (unnamed > 0 && rest <= 1e-12) throw new RangeError(`the alphas that rules name use up the ${total} allowed, so nothing is left for the ${unnamed} that name none`)
  return given.map((a) => a ?? rest / unnamed)
}
