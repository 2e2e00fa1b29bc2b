// Faults of the box under a lab: commands that hang or fail, as a stuck kernel or a dead machine makes them.

import type { Levers } from '@belay/cloud/conformance';
import type { CommandEnd, Machine } from '../src/machine.ts';

export interface BoxFaults {
  readonly machine: Machine;
  readonly levers: Pick<
    Levers,
    'calm' | 'failAttach' | 'hangHost' | 'rollBackDetach' | 'stickVolume' | 'vanish'
  >;
}

/** `pidOf` says which process an instance is. */
export function boxFaults(machine: Machine, pidOf: (instanceId: string) => number | undefined): BoxFaults {
  const held = new Map<string, Promise<void>>();
  const failing = new Set<string>();
  const hold = (isMeant: string): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held.set(isMeant, promise);
    return () => {
      held.delete(isMeant);
      resolve();
    };
  };
  return {
    machine: {
      ...machine,
      async run(argv, input): Promise<CommandEnd> {
        const words = argv.join(' ');
        for (const [isMeant, until] of held) if (words.includes(isMeant)) await until;
        const failed = [...failing].find((isMeant) => words.includes(isMeant));
        if (failed === undefined) return machine.run(argv, input);
        failing.delete(failed);
        return { code: 1, stdout: '', stderr: 'Input/output error' };
      },
    },
    levers: {
      calm: () => failing.clear(),
      stickVolume: (volumeId) => hold(volumeId),
      hangHost: (instanceId) => hold(`nsenter --target ${pidOf(instanceId)} `),
      failAttach: (volumeId) => void failing.add(`disk add ${volumeId}`),
      rollBackDetach: (volumeId) => void failing.add(`disk remove ${volumeId}`),
      vanish: () => void failing.add('mkfs.'),
    },
  };
}
