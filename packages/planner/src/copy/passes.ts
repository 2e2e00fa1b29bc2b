/**
 * The passes: one over everything, warm ones until another would gain little, a rehearsal that writes nothing and may
 * end the run before the window opens, and the final one when the source is quiet. Both ends are named by their
 * filesystems: an empty mount point would be copied as faithfully as the data.
 */

import { type Call, type CopyPass, type CopyReport, type Failure, refAt } from '@belay/cloud';
import type { Handle, RetryPolicy, ScopeBuilder } from '@belay/runner';
import { err, ok, ResultAsync } from 'neverthrow';
import { sourcePlace, type TargetServer, volumesIn, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { targetHost } from '../move/services.ts';
import { type CopyInput, eachDisk, type PassDone, type Rehearsed } from './copy-input.ts';
import { targetFilesystem } from './data-disk.ts';

/** A pass goes on where the one before broke off, so another try costs little more than a scan. */
const passRetry: RetryPolicy = { attempts: 6, delayMs: 5000, maxDelayMs: 120_000, when: worthAnotherTry };

/** Every byte once. */
export function firstPass(
  g: ScopeBuilder<World>,
  input: CopyInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): Handle<PassDone> {
  return g.step('first-pass', {
    title: 'copy everything while the source serves',
    needs: { target },
    after,
    idempotent: true,
    retry: passRetry,
    timeoutMs: timeoutOf(input),
    weight: 10,
    run: (needs, ctx) => pass(input, needs.target, 'warm', ctx).map(doneOf),
  });
}

/** Passes while the source serves, until one takes nearly as long as the one before. Gives the last. */
export function warmPasses(
  g: ScopeBuilder<World>,
  input: CopyInput,
  target: Handle<TargetServer>,
  first: Handle<PassDone>,
  after: readonly Handle<unknown>[],
): Handle<PassDone> {
  const { warmAtMost } = input.passes;
  return g.step('warm-passes', {
    title: 'copy what has changed meanwhile',
    needs: { target, first },
    after,
    idempotent: true,
    retry: passRetry,
    timeoutMs: timeoutOf(input) * Math.max(1, warmAtMost),
    weight: 5,
    run: (needs, ctx) =>
      new ResultAsync(
        (async () => {
          let last = needs.first;
          for (let count = 1; count <= warmAtMost; count += 1) {
            const next = await pass(input, needs.target, 'warm', ctx);
            if (next.isErr()) return err(next.error);
            const before = last;
            last = doneOf(next.value);
            if (last.seconds > 0.9 * before.seconds) break;
          }
          return ok(last);
        })(),
      ),
  });
}

/** What the final pass would cost now. Where that is too long, the run ends here and the source has never stopped. */
export function rehearse(
  g: ScopeBuilder<World>,
  input: CopyInput,
  target: Handle<TargetServer>,
  warm: Handle<PassDone>,
): Handle<Rehearsed> {
  const { finalAtMostSeconds } = input.passes;
  return g.step('rehearse', {
    title: 'how long would the final pass take?',
    needs: { target, warm },
    idempotent: true,
    retry: passRetry,
    timeoutMs: timeoutOf(input),
    run: (needs, ctx) =>
      pass(input, needs.target, 'rehearsal', ctx).andThen((report) => {
        const rehearsed = rehearsedOf(report, needs.warm);
        if (finalAtMostSeconds === undefined || rehearsed.finalSeconds <= finalAtMostSeconds) {
          return ok(rehearsed);
        }
        const { finalSeconds, changedFiles } = rehearsed;
        const message = `the final pass would take ${finalSeconds} s for ${changedFiles} changed files; ${finalAtMostSeconds} s are allowed`;
        return err(refusal('window-fits', message));
      }),
  });
}

/** The last one, with nobody writing: afterwards both sides are the same, or it has failed. */
export function finalPass(
  g: ScopeBuilder<World>,
  input: CopyInput,
  target: Handle<TargetServer>,
  quiet: readonly Handle<unknown>[],
): Handle<PassDone> {
  return g.step('final-pass', {
    title: 'copy the rest',
    needs: { target },
    after: quiet,
    idempotent: true,
    retry: { ...passRetry, attempts: 3, delayMs: 1000 },
    timeoutMs: timeoutOf(input),
    run: (needs, ctx) => pass(input, needs.target, 'final', ctx).map(doneOf),
  });
}

/** A pass over every disk takes as long as all of them. */
function timeoutOf(input: CopyInput): number {
  return input.passes.passTimeoutMs * volumesIn(input).length;
}

interface Copying extends Call {
  readonly services: World;
  keyFor(part: string): string;
  progress(fraction: number, note?: string): void;
}

/** Every disk after the other, counted as one pass. */
function pass(
  input: CopyInput,
  target: TargetServer,
  kind: CopyPass,
  ctx: Copying,
): ResultAsync<CopyReport, Failure> {
  return oneByOne(eachDisk(input), (one) =>
    passOf(one, target, kind, ctx, one.volume.id === input.volume.id ? ctx.key : ctx.keyFor(one.volume.id)),
  ).map((reports) => reports.reduce(together));
}

function together(a: CopyReport, b: CopyReport): CopyReport {
  return {
    ...a,
    entries: a.entries + b.entries,
    bytes: a.bytes + b.bytes,
    changedFiles: a.changedFiles + b.changedFiles,
    changedBytes: a.changedBytes + b.changedBytes,
    createdEntries: a.createdEntries + b.createdEntries,
    deletedEntries: a.deletedEntries + b.deletedEntries,
    sentBytes: a.sentBytes + b.sentBytes,
    vanished: [...a.vanished, ...b.vanished],
    vanishedFiles: a.vanishedFiles + b.vanishedFiles,
    // Known of both, or not known.
    scanMs: a.scanMs === undefined || b.scanMs === undefined ? undefined : a.scanMs + b.scanMs,
    tookMs: a.tookMs + b.tookMs,
    // One that went through us makes it no straight one.
    ...wayOf(a.way === 'relayed' ? a : b),
    resumed: a.resumed + b.resumed,
  };
}

function passOf(
  input: CopyInput,
  target: TargetServer,
  kind: CopyPass,
  ctx: Copying,
  key: string,
): ResultAsync<CopyReport, Failure> {
  const { exclude, attributes, owners, limitBytesPerSecond, passTimeoutMs, way } = input.passes;
  const { mountPoint: path, filesystemUuid } = input.volume;
  return targetHost(input, ctx.services, target)
    .copy(
      {
        pass: kind,
        from: { path, filesystemUuid, host: refAt(sourcePlace(input), input.source.id) },
        to: { path, filesystemUuid: targetFilesystem(input) },
        // Nobody reads the target before it serves, and files that change in part are done three times as fast.
        inPlace: true,
        exclude,
        attributes,
        owners,
        limitBytesPerSecond,
        way,
        onProgress: ({ bytes, share, bytesPerSecond }) =>
          // Never all of it before the pass says so itself.
          ctx.progress(Math.min(0.99, share), `${inMiB(bytes)} MiB, ${inMiB(bytesPerSecond)} MiB/s`),
      },
      { ...ctx, key, timeoutMs: passTimeoutMs },
    )
    .mapErr((error): Failure => error);
}

function doneOf(report: CopyReport): PassDone {
  const { tookMs, entries, changedFiles, changedBytes, vanishedFiles } = report;
  return { seconds: tookMs / 1000, entries, changedFiles, changedBytes, vanishedFiles, ...wayOf(report) };
}

function wayOf({ way, notDirect }: CopyReport): Pick<CopyReport, 'way'> & { readonly notDirect?: string } {
  return { way, ...(notDirect !== undefined && { notDirect }) };
}

/** The bytes go at the rate at which the last warm pass brought its own, its scan left out. */
function rehearsedOf(
  { scanMs, tookMs, entries, changedFiles, changedBytes }: CopyReport,
  warm: PassDone,
): Rehearsed {
  const scanSeconds = (scanMs ?? tookMs) / 1000;
  const bytesSeconds = warm.seconds - scanSeconds;
  const perSecond = bytesSeconds > 0 && warm.changedBytes > 0 ? warm.changedBytes / bytesSeconds : undefined;
  const sending = perSecond === undefined ? 0 : changedBytes / perSecond;
  const finalSeconds = Math.round((scanSeconds + sending) * 10) / 10;
  return { scanSeconds, entries, changedFiles, changedBytes, finalSeconds };
}

function inMiB(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
