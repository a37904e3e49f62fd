/** ln Gamma(x) for x > 0: Stirling's series from 10 up, the recurrence below (Abramowitz & Stegun 6.1.41); relative error under 1e-12. */
export function logGamma(x: number): number {
  let shift = 0
  let y = x
  for (; y < 10; y++) shift -= Math.log(y)
  const inverse = 1 / y
  const square = inverse * inverse
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
  return shift + (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series
}

/** ln of the beta function. */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

/** P(Z > z) of the standard normal with a relative error under 2e-7 in both tails (Press et al., Numerical Recipes, erfcc). */
function normalUpperTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.5 * x)
  const poly = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277]
  const tail = 0.5 * t * Math.exp(-x * x + poly.reduceRight((sum, c) => sum * t + c, 0))
  return z >= 0 ? tail : 1 - tail
}

/** P(low < Z <= high), taken from the nearer tail so that narrow bands far out keep their digits. */
export function normalBand(low: number, high: number): number {
  return low >= 0 ? normalUpperTail(low) - normalUpperTail(high) : normalUpperTail(-high) - normalUpperTail(-low)
}

/** z with P(Z > z) = p, 0 < p < 1; infinite at the ends. Rational approximation of Acklam (2003), relative error about 1e-9. */
export function normalUpperQuantile(p: number): number {
  if (p <= 0) return Infinity
  if (p >= 1) return -Infinity
  if (p > 0.5) return -normalUpperQuantile(1 - p)
  const ratio = (above: readonly number[], below: readonly number[], x: number) =>
    above.reduce((sum, c) => sum * x + c, 0) / (below.reduce((sum, c) => sum * x + c, 0) * x + 1)
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p))
    return -ratio(
      [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
      [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416],
      q,
    )
  }
  const q = 0.5 - p
  return (
    q *
    ratio(
      [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239],
      [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598859e2, 6.680131188771972e1, -1.328068155288572e1],
      q * q,
    )
  )
}
