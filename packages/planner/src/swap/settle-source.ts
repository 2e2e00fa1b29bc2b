/**
 * The last thing before the window: while the source serves, its data disks have what is dirty written out, and the
 * kernel forgets the files that nobody uses. An unmount has both to do otherwise, and nobody is served meanwhile: some
 * microseconds for each file that a backup or a scan has left in memory.
 *
 * It can only save time. So a server that cannot do it says so in the step's output, and the move goes on; and there is
 * nothing to undo.
 */

import type { Call, Failure } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, ok, type ResultAsync } from 'neverthrow';
import { type ServedInput, volumesIn, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import { sourceHost } from '../move/services.ts';

/** What became of each data disk, by its mount point. */
export interface SourceSettled {
  readonly mounts: readonly MountSettled[];
}

/** One of them. */
interface MountSettled {
  readonly mountPoint: string;
  /** Files and folders that the kernel no longer remembers; 0 where it remembered few, or went on remembering. */
  readonly forgotten: number;
  /** What was read of files is forgotten, too: what is needed again comes from the disk. */
  readonly contents?: true | undefined;
  /** Why less was done than was meant. */
  readonly because?: string | undefined;
}

/** Settles the data disks of the source. Its failure is none of the move's; only its end by the run is. */
export function settleSource(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): Handle<SourceSettled> {
  return g.step('settle-source', {
    title: 'write out what is dirty on the source, and forget what nobody uses',
    after,
    idempotent: true,
    retry: { attempts: 3, delayMs: 500, maxDelayMs: 2000, when: worthAnotherTry },
    timeoutMs: volumesIn(input).length * eachTimeoutMs + 30_000,
    run: (_, ctx): ResultAsync<SourceSettled, Failure> =>
      oneByOne(volumesIn(input), ({ mountPoint }, index) =>
        settleOne(input, mountPoint, {
          services: ctx.services,
          call: { ...ctx, key: ctx.keyFor(String(index)), timeoutMs: eachTimeoutMs },
        }),
      ).map((mounts) => ({ mounts })),
  });
}

/** A disk that is slow to write out is slow in the window, too; more is not waited for. */
const eachTimeoutMs = 120_000;

interface Asking {
  readonly services: World;
  readonly call: Call;
}

function settleOne(
  input: ServedInput,
  mountPoint: string,
  { services, call }: Asking,
): ResultAsync<MountSettled, Failure> {
  return sourceHost(input, services)
    .mounts.settle(mountPoint, call)
    .map(({ remembered, forgot, because }): MountSettled => {
      const forgotten = Math.max(0, (remembered?.before ?? 0) - (remembered?.after ?? 0));
      return {
        mountPoint,
        forgotten: forgot === 'nothing' ? 0 : forgotten,
        ...(forgot === 'contents' && { contents: true }),
        ...(because !== undefined && { because }),
      };
    })
    .orElse((error) =>
      error.kind === 'cancelled'
        ? err<MountSettled, Failure>(error)
        : ok({ mountPoint, forgotten: 0, because: error.message }),
    );
}
