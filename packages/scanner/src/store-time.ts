import { err, ok } from 'neverthrow';
import type { Call, SideResult } from './call.ts';
import { guarded } from './guarded.ts';
import type { Engine } from './options.ts';
import { scannerError } from './scanner-error.ts';

/** The store's clock, in milliseconds. `not-believed` where it says something that is no time. */
export function storeTime({ inventory }: Engine, call: Call): SideResult<number> {
  const { name } = inventory;
  return guarded(name, () => inventory.now(call), call).andThen((said) => {
    const ms = Date.parse(said);
    if (!Number.isNaN(ms)) return ok(ms);
    return err(scannerError('not-believed', `${name} says that the time is ${said}.`, { source: name }));
  });
}
