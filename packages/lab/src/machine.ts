import type { Chance, Clock } from '@belay/cloud';

/**
 * The Linux box under a lab, as far as a lab touches it beyond its own folder. Everything that the box does is a
 * command here, so that a test can stand in for the box and see, refuse or hold up what would have been done.
 */
export interface Machine {
  /** Is this Linux, and are we root? Says what is missing, or nothing. */
  readonly unfit: () => Promise<string | undefined>;
  /** Runs a command to its end. The arguments are handed over as they are: no shell reads them. */
  readonly run: (argv: readonly string[], input?: string) => Promise<CommandEnd>;
  /**
   * Takes the locks of these files, in their order, across all processes of the box; `undefined` where the signal
   * fired first or, not waiting, one of them was taken. The function gives them back; so does the end of the process.
   */
  readonly lock: (
    files: readonly string[],
    how: { readonly wait: boolean; readonly signal?: AbortSignal | undefined },
  ) => Promise<(() => void) | undefined>;
  /** When this process began, in the kernel's ticks; `undefined` where there is none. Tells it from a later one. */
  readonly startOf: (pid: number) => Promise<string | undefined>;
  /** Does somebody hold this block device, as a mount does? */
  readonly isClaimed: (device: string) => Promise<boolean>;
  /** `/proc/<pid>/mountinfo` of a process. */
  readonly mountInfo: (pid: number) => Promise<string>;
  /** Does a server take connections there? */
  readonly answers: (address: string, port: number) => Promise<boolean>;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** What came of a command. */
export interface CommandEnd {
  /** `undefined` where a signal ended it or it could not be started. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}
