import type { Call } from './call.ts';

/**
 * Asks whether the effect of a call is still its caller's to make: `true` at once where nobody says how to ask, and as
 * a rule also where somebody does. A question that fails, or is not answered before `stop` fires, has not been
 * answered with yes.
 */
export function isStillOurs(
  { stillOurs }: Pick<Call, 'stillOurs'>,
  stop?: AbortSignal,
): true | Promise<boolean> {
  if (stillOurs === undefined) return true;
  try {
    const answer = stillOurs();
    return answer === true ? true : before(stop, Promise.resolve(answer));
  } catch {
    return Promise.resolve(false);
  }
}

function before(stop: AbortSignal | undefined, answer: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => resolve(false);
    stop?.addEventListener('abort', giveUp, { once: true });
    if (stop?.aborted === true) giveUp();
    void answer
      .catch(() => false)
      .then((isOurs) => {
        stop?.removeEventListener('abort', giveUp);
        resolve(isOurs);
      });
  });
}
