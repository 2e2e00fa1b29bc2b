import type { Call } from './call.ts';

/**
 * Asks whether the effect of a call is still its caller's to make: `true` at once where nobody says how to ask, and as
 * a rule also where somebody does. A question that fails has not been answered with yes.
 */
export function isStillOurs({ stillOurs }: Pick<Call, 'stillOurs'>): true | Promise<boolean> {
  if (stillOurs === undefined) return true;
  try {
    const answer = stillOurs();
    return answer === true ? true : Promise.resolve(answer).catch(() => false);
  } catch {
    return Promise.resolve(false);
  }
}
