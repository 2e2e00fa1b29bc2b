/**
 * Simulated clouds of a config. A world in a file can be open in one process at a time, so it is opened when somebody
 * first asks it something, and not before: a process that only reads the journal leaves it alone. All simulated clouds
 * of a config share one time, which runs faster than ours.
 */

import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Place } from '@belay/cloud';
import type { Latencies, ScaledClock, Sim } from '@belay/sim';
import type { SimSection } from '../config/clouds.ts';
import type { OpenedCloud } from './opened-cloud.ts';

type SimModule = typeof import('@belay/sim');

export const usualSpeed = 20;

/** Throws where the world is open elsewhere: a simulated cloud has no other way to be unreachable. */
export function simCloud(
  module: SimModule,
  section: SimSection,
  options: {
    readonly name: string;
    readonly folder: string;
    readonly clock: ScaledClock;
    readonly internet: ReturnType<SimModule['internet']>;
  },
): OpenedCloud {
  const { name, folder, clock, internet } = options;
  const file = resolve(folder, section.file);
  let sim: Sim<ScaledClock> | undefined;
  let leave = (): void => undefined;
  const open = (): Sim<ScaledClock> => {
    if (sim !== undefined) return sim;
    leave = enter(file, name);
    const { account, region, zones, seed, latenciesMs } = section;
    sim = module.createSim({
      clock,
      internet,
      file,
      ...(account !== undefined && { account }),
      ...(region !== undefined && { region }),
      ...(zones !== undefined && { zones }),
      ...(seed !== undefined && { seed }),
      // The sim's own names; one that it does not know changes nothing.
      ...(latenciesMs !== undefined && { latencies: latenciesMs as Partial<Latencies> }),
    });
    if (section.shop === true) module.shopScenario(sim);
    section.prepare?.(sim as never);
    return sim;
  };
  return {
    name,
    at: simPlace(section),
    cloud: () => open().cloud,
    host: (server) => open().hosts.get(server),
    hasDoors: true,
    close: async () => {
      sim?.close();
      leave();
    },
  };
}

function simPlace({ account = 'test', region = 'here' }: SimSection): Place {
  return { provider: 'sim', account, region };
}

/** What time it is in a world that is kept in a file, as far as the file says: so that the journal is read by it. */
export function anchorIn(
  folder: string,
  { file }: SimSection,
): (ScaledClock['anchor'] & { readonly factor: number }) | undefined {
  const path = resolve(folder, file);
  if (!existsSync(path)) return undefined;
  try {
    const state: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const anchor: unknown =
      typeof state === 'object' && state !== null ? Reflect.get(state, 'anchor') : undefined;
    if (typeof anchor !== 'object' || anchor === null) return undefined;
    const [realMs, simulatedMs, factor] = ['realMs', 'simulatedMs', 'factor'].map((key): unknown =>
      Reflect.get(anchor, key),
    );
    if (typeof realMs !== 'number' || typeof simulatedMs !== 'number' || typeof factor !== 'number')
      return undefined;
    return { realMs, simulatedMs, factor };
  } catch {
    // A file that is no world is refused when the world is opened.
    return undefined;
  }
}

/** Takes the world's lock file, which names a process; one that names a dead process is taken over. */
function enter(file: string, name: string): () => void {
  const lock = `${file}.lock`;
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    for (;;) {
      try {
        linkSync(mine, lock);
        return () => rmSync(lock, { force: true });
      } catch (thrown) {
        if (!isThere(thrown)) throw thrown;
      }
      const holder = Number(readFileSync(lock, 'utf8'));
      if (isAlive(holder)) {
        throw new WorldIsOpen(
          `the simulated cloud ${name} is open in process ${holder}; it can be in one at a time`,
        );
      }
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The world is open in another process. */
export class WorldIsOpen extends Error {}

function isThere(thrown: unknown): boolean {
  return thrown instanceof Error && Reflect.get(thrown, 'code') === 'EEXIST';
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return thrown instanceof Error && Reflect.get(thrown, 'code') === 'EPERM';
  }
}
