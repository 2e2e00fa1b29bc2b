import { readFileSync } from 'node:fs';
import type { Clock } from '@belay/cloud';

/**
 * npm starts a command in a shell, and whoever ends npm ends neither: the command would go on, with its port, and
 * nobody would know of it. So one that npm has started ends when npm, or the shell between them, is gone.
 */
export interface Watch {
  readonly clock: Clock;
  /** Who started whom, from this process upwards; the system's own where absent. */
  readonly ancestors?: () => readonly number[];
}

const everyMs = 500;

/** Calls back once, when one of those who started this process has gone; the returned function ends the watch. */
export function onceLeftAlone(
  callback: () => void,
  { clock, ancestors = ancestorsOfThis }: Watch,
): () => void {
  const started = ancestors().join();
  let cancel: () => void = () => {};
  const look = (): void => {
    if (ancestors().join() === started) cancel = clock.after(everyMs, look);
    else callback();
  };
  cancel = clock.after(everyMs, look);
  return () => cancel();
}

/** The parent and, where the system shows it in a file, the parent of that. */
function ancestorsOfThis(): readonly number[] {
  const { ppid } = process;
  try {
    // After the name, which may have anything in it, come the state and the parent.
    const [, parent] = readFileSync(`/proc/${ppid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return [ppid, Number(parent)];
  } catch {
    // No such file on this system, or the parent has gone this very moment: then the next look sees another one.
    return [ppid];
  }
}
