/**
 * Between the sweeper and the store: counts what is dealt with, and keeps Ctrl-C from a batch that is under way. The
 * sweeper itself ends at the border of the next batch, where nothing is half done.
 */

import type { RemovalCall, Removed, Remover, SideResult } from '@belay/scanner';

/** Tells how many items each answer was about. */
export function patientRemover(remover: Remover, onAnswers: (items: number) => void): Remover {
  const whole = ({ run, fence }: RemovalCall): RemovalCall => ({ run, fence });
  const counted = (answers: SideResult<readonly Removed[]>): SideResult<readonly Removed[]> =>
    answers.map((all) => {
      onAnswers(all.length);
      return all;
    });
  return {
    ...remover,
    quarantine: (items, call) => counted(remover.quarantine(items, whole(call))),
    restore: (items, call) => counted(remover.restore(items, whole(call))),
    delete: (items, call) => counted(remover.delete(items, whole(call))),
    find: (items, call) => remover.find(items, whole(call)),
  };
}
