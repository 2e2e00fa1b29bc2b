import { rm } from 'node:fs/promises';
import type { CloudResult } from '@belay/cloud';
import { ok, safeTry } from 'neverthrow';
import { tryCommand } from './command.ts';
import { untie } from './loop.ts';
import { powerOff } from './power.ts';
import { bridgeOf, cableOf, diskOf } from './site.ts';
import type { Span } from './span.ts';
import { closeTransit } from './transit.ts';
import { stopZone } from './zone.ts';

/** Ends everything of the lab and removes its folder. Nothing of the box outside of it was changed, and nothing is now. */
export function destroyLab(span: Span): CloudResult<void> {
  const { site } = span;
  const { shelves, folder } = site;
  return safeTry(async function* () {
    const instances = await shelves.instances.all();
    for (const instance of instances) yield* powerOff(span, instance, 'hard');
    for (const { number } of instances) {
      await tryCommand(span, ['ip', 'link', 'del', 'dev', cableOf(site, number)]);
    }
    for (const { id } of await shelves.volumes.all()) yield* untie(span, diskOf(site, id));
    yield* stopZone(span);
    await closeTransit(span);
    await tryCommand(span, ['ip', 'link', 'del', 'dev', bridgeOf(site)]);
    await rm(folder, { recursive: true, force: true });
    return ok(undefined);
  });
}
