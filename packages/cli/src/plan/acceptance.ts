/** Risks that somebody takes on the command line: by the guard's id or name, under their own name, with a reason. Pure. */

import { type Acceptance, guards } from '@belay/planner';
import { err, ok, type Result } from 'neverthrow';
import { guess } from '../nearest.ts';

/** The options of every command that takes risks. */
export const riskOptions = {
  'accept-risk': {
    type: 'string',
    multiple: true,
    value: 'GUARD',
    help: 'take the risk that this guard names, such as fresh-backup or G6',
  },
  by: { type: 'string', value: 'NAME', help: 'who says so; the user of this process where absent' },
  reason: { type: 'string', value: 'TEXT', help: 'why; needed where a risk is taken' },
} as const;

/** Risks that are no guard's but are taken by name, too: of rescues. */
export const rescueRisks: readonly string[] = ['expected-loss', 'capacity-kept', 'one-moment'];

/** The sentence of an error says what to write instead. */
export function acceptancesOf(
  names: readonly string[],
  {
    by,
    reason,
    known = [],
  }: { readonly by: string; readonly reason: string | undefined; readonly known?: readonly string[] },
): Result<readonly Acceptance[], string> {
  if (names.length === 0) return ok([]);
  if (reason === undefined || reason.trim() === '') {
    return err('--accept-risk needs --reason: whoever reads the log later wants to know why');
  }
  const found: Acceptance[] = [];
  for (const given of names) {
    const name = known.find((each) => each === given) ?? nameOf(given);
    if (name === undefined) {
      const all = [...known, ...guards.map((each) => each.name)];
      return err(`there is no guard ${given}.${guess(given, all)}`);
    }
    found.push({ guard: name, by, reason });
  }
  return ok(found);
}

/** Two guards may share a number; then the one that can be accepted is meant. */
function nameOf(given: string): string | undefined {
  const fits = guards.filter(({ name, id }) => name === given || id.toLowerCase() === given.toLowerCase());
  return (fits.find(({ mayBeAccepted }) => mayBeAccepted) ?? fits[0])?.name;
}
