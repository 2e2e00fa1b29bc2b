/**
 * Who the sides of a scope are, asked of themselves: shown to a person once, who writes it into the policy. From then on
 * nobody else is believed.
 */

import type { Call } from '../command.ts';
import { exit } from '../exit.ts';
import { openSides, placeOf } from './scope.ts';
import { complain } from './with-scope.ts';

/** Asks them all, and prints the policy's field `expect`. */
export async function identities(call: Call, name: string): Promise<number> {
  const place = await placeOf(call, name);
  if (place.isErr()) return complain(call, 'scan', place.error);
  const sides = await openSides(place.value, undefined);
  if (sides.isErr()) return complain(call, 'scan', sides.error);
  const { inventory, registries, close } = sides.value;
  try {
    const found: Record<string, unknown> = {};
    let code: number = exit.done;
    for (const { port, known } of [inventory, ...registries]) {
      const asked = await known?.identity();
      if (asked?.isOk() === true) {
        found[port.name] = asked.value;
        continue;
      }
      code = exit.refused;
      const why = asked?.isErr() === true ? asked.error.message : 'it cannot be asked who it is';
      call.out.say(`belay scan: ${why.startsWith(port.name) ? why : `${port.name}: ${why}`}`);
    }
    const { [inventory.port.name]: ofInventory, ...ofRegistries } = found;
    call.out.data(
      JSON.stringify({ expect: { inventory: ofInventory ?? null, registries: ofRegistries } }, null, 2),
    );
    if (code !== exit.done) return code;
    call.out.say(
      `These are who answers now. Are they the ones that are meant? Then this is ${place.value.field}.policy.expect.`,
    );
    return code;
  } finally {
    await close();
  }
}
