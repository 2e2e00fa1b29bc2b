import type { CloudResult } from '@belay/cloud';
import { err, ok, okAsync, ResultAsync } from 'neverthrow';
import { command } from './command.ts';
import { fail, type Span } from './span.ts';

/** The block device through which the kernel shows an image file. Loop devices are the box's own, not a guest's. */
export interface LoopDevice {
  /** `/dev/loop3` */
  readonly path: string;
  readonly major: string;
  readonly minor: string;
}

/** The device of this image, or `undefined` where it has none. */
export function loopOf(span: Span, image: string): CloudResult<LoopDevice | undefined> {
  const columns = ['--list', '--noheadings', '--output', 'NAME,MAJ:MIN'];
  return command(span, ['losetup', ...columns, '--associated', image]).map(parseLoop);
}

/** Gives the image a device, or finds the one that it has. */
export function tie(span: Span, image: string): CloudResult<LoopDevice> {
  return loopOf(span, image).andThen((found) => {
    if (found !== undefined) return ok(found);
    return command(span, ['losetup', '--find', image])
      .andThen(() => loopOf(span, image))
      .andThen((made) =>
        made === undefined ? err(fail(span, 'failed', `${image} got no loop device.`)) : ok(made),
      );
  });
}

const untieTries = 60;
const untiePauseMs = 50;

/**
 * Takes the device away and sees that it is gone: a device that somebody still reads goes only when he lets go of it,
 * whatever `losetup` said.
 */
export function untie(span: Span, image: string): CloudResult<void> {
  return loopOf(span, image).andThen((device) =>
    device === undefined
      ? okAsync(undefined)
      : command(span, ['losetup', '--detach', device.path]).andThen(() => untilUntied(span, image, 1)),
  );
}

function untilUntied(span: Span, image: string, tries: number): CloudResult<void> {
  return loopOf(span, image).andThen((device) => {
    if (device === undefined) return okAsync(undefined);
    if (tries > untieTries) {
      return err(fail(span, 'busy', `Somebody on the box holds ${device.path}.`, { applied: 'unknown' }));
    }
    return pause(span, untiePauseMs).andThen(() => untilUntied(span, image, tries + 1));
  });
}

/** Lets time pass. */
export function pause({ site }: Span, durationMs: number): CloudResult<void> {
  return ResultAsync.fromSafePromise(
    new Promise<void>((wake) => {
      site.machine.clock.after(durationMs, () => wake());
    }),
  );
}

function parseLoop(text: string): LoopDevice | undefined {
  const [, path, major, minor] = /^(\/dev\/loop\d+) +(\d+):(\d+)/m.exec(text) ?? [];
  if (path === undefined || major === undefined || minor === undefined) return undefined;
  return { path, major, minor };
}
