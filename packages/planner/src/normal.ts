/** The normal distribution read backwards: Acklam's rational approximation, good to 1e-9. */

/** Standard deviations from the mean to the point below which this share lies. */
export function normalQuantile(share: number): number {
  const tail = 0.02425;
  if (share < tail) return inTail(Math.sqrt(-2 * Math.log(share)));
  if (share > 1 - tail) return -inTail(Math.sqrt(-2 * Math.log(1 - share)));
  const q = share - 0.5;
  const r = q * q;
  return (polynomial(middle, r) * q) / (polynomial(middleBelow, r) * r + 1);
}

const middle = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const middleBelow = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const outer = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const outerBelow = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];

function inTail(q: number): number {
  return polynomial(outer, q) / (polynomial(outerBelow, q) * q + 1);
}

/** From the highest power down. */
function polynomial(factors: readonly number[], x: number): number {
  return factors.reduce((sum, factor) => sum * x + factor, 0);
}
