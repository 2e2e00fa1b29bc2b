/**
 * What own runs have taught: how long each step really took, how long nobody served, how fast files were looked at. A
 * pure function over the journals of finished runs. Five runs are enough for a figure to count; with few of them the
 * range is wider, because one cannot know yet how slow the slow ones are.
 *
 *     const parameters = parametersFrom(learn(journals));
 *     plan(facts, target, { now, parameters });
 */

import { type Place, samePlace } from '@belay/cloud';
import type { StoredEvent } from '@belay/runner';
import type { Spread } from './downtime.ts';
import { normalQuantile } from './normal.ts';
import { type CopyWindow, type Parameters, spread } from './parameters.ts';
import { servingDuring } from './serving-during.ts';
import { type StrategyName, strategyNames } from './strategy.ts';

/** What finished runs of one graph have taught. All times in seconds. JSON. */
export interface History {
  readonly graph: string;
  /** Runs that succeeded, and were counted. */
  readonly runs: number;
  /** How long each step took, by its name without scopes and numbers. */
  readonly steps: Readonly<Record<string, readonly number[]>>;
  /** How long nobody served. Runs that stood still in their window, or were taken over in it, are left out. */
  readonly windows: readonly number[];
  /** The same with the files that the final pass looked at, where files were copied. */
  readonly copyWindows: readonly CopyWindow[];
  /** To look at one file, in rehearsals that looked at ten thousand or more: of fewer, the beginning is most of it. */
  readonly scanFile: readonly number[];
  /** Bytes a second, in passes that sent a gigabyte or more. */
  readonly bandwidth: readonly number[];
}

/** Which journals count. */
export interface LearnOptions {
  /** Only runs at this place: clouds differ, and so do their regions. All where absent. */
  readonly at?: Place | undefined;
}

/** Learns from journals, each one run from its first event. What did not succeed teaches nothing here. */
export function learn(
  journals: readonly (readonly StoredEvent[])[],
  { at }: LearnOptions = {},
): readonly History[] {
  const byGraph = new Map<string, Draft>();
  for (const events of journals) {
    const [first] = events;
    if (first?.event.kind !== 'created') continue;
    if (at !== undefined && !isAt(first.event.input, at)) continue;
    const draft = byGraph.get(first.event.graph) ?? emptyDraft();
    if (addRun(draft, events)) byGraph.set(first.event.graph, draft);
  }
  return [...byGraph].map(([graph, draft]) => ({ graph, ...draft, steps: Object.fromEntries(draft.steps) }));
}

/** The figures that have been seen often enough, to be put in place of the defaults. */
export function parametersFrom(histories: readonly History[], least: number = 5): Partial<Parameters> {
  const figures: Partial<Record<Timed, Spread>> = {};
  for (const parameter of new Set(Object.values(parameterOf))) {
    const names = Object.keys(parameterOf).filter((name) => parameterOf[name] === parameter);
    const samples = histories.flatMap(({ steps }) => names.flatMap((name) => steps[name] ?? []));
    if (samples.length >= least) figures[parameter] = spreadOf(samples, `${samples.length} times here`);
  }
  const scans = scansOf(histories, false);
  const lazyScans = scansOf(histories, true);
  const paths = histories.flatMap(({ bandwidth }) => bandwidth);
  return {
    ...figures,
    ...(scans.length >= least && { scanFile: spreadOf(scans, `${scans.length} passes here`) }),
    ...(lazyScans.length >= least && {
      lazyScanFile: spreadOf(lazyScans, `${lazyScans.length} passes over clones here`),
    }),
    ...(paths.length >= least && {
      bandwidthBytesPerSecond: median(paths),
      bandwidthFrom: 'own-history' as const,
    }),
    windows: windowsFrom(histories, least),
    copyWindows: Object.fromEntries(histories.map(({ graph, copyWindows }) => [graph, copyWindows])),
  };
}

/**
 * Three points that fit what was seen: the middle, and where one case in a hundred of the next ones is to be expected
 * if such times are log-normal. The fewer were seen, the further out (Student's t).
 */
export function spreadOf(samples: readonly number[], note: string): Spread {
  const middle = median(samples);
  const logs = samples.map((each) => Math.log(Math.max(each, shortest)));
  const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, logs.length - 1);
  // Times that never vary have not been seen long enough.
  const width = Math.max(Math.sqrt(variance), 0.02) * Math.sqrt(1 + 1 / logs.length);
  const reach = Math.exp(width * studentQuantile(0.99, Math.max(1, logs.length - 1)));
  return spread(middle / reach, middle, middle * reach, 'own-history', note);
}

interface Draft {
  runs: number;
  readonly steps: Map<string, number[]>;
  readonly windows: number[];
  readonly copyWindows: CopyWindow[];
  readonly scanFile: number[];
  readonly bandwidth: number[];
}

type Timed = {
  readonly [K in keyof Parameters]-?: Parameters[K] extends Spread ? K : never;
}[keyof Parameters];

const parameterOf: Readonly<Record<string, Timed>> = {
  'provision-target': 'provision',
  'target-ready': 'boot',
  'look-at-source': 'checks',
  'check-quiet': 'checks',
  'confirm-route': 'checks',
  'stop-services': 'stopServices',
  'settle-source': 'settle',
  unmount: 'unmount',
  'detach-volume': 'detach',
  'attach-volume': 'attach',
  mount: 'mount',
  'start-services': 'startServices',
  'probe-target': 'probe',
  'gate-cut-over': 'gate',
  'switch-address': 'moveAddress',
  'switch-name': 'changeName',
  'stop-instance': 'powerOff',
  'start-instance': 'powerOn',
  'server-back': 'reboot',
  'change-disk': 'modifyDisk',
  'grow-filesystem': 'growFilesystem',
  'make-disk': 'createVolume',
  'attach-disk': 'attach',
  'snapshot-ready': 'snapshotReady',
};

/** How long nobody serves depends on the files where they are copied; where they are not, on the cloud alone. */
const steadyWindows: readonly StrategyName[] = ['volume-swap', 'resize-in-place'];

const shortest = 1e-6;
const gigabyte = 1e9;
const manyEntries = 10_000;

function emptyDraft(): Draft {
  return { runs: 0, steps: new Map(), windows: [], copyWindows: [], scanFile: [], bandwidth: [] };
}

function isAt(input: unknown, at: Place): boolean {
  if (typeof input !== 'object' || input === null) return false;
  const place: unknown = Reflect.get(input, 'at');
  if (typeof place !== 'object' || place === null) return false;
  const part = (name: string) => String(Reflect.get(place, name));
  return samePlace({ provider: part('provider'), account: part('account'), region: part('region') }, at);
}

/** Says whether the run succeeded, and was counted. */
function addRun(draft: Draft, events: readonly StoredEvent[]): boolean {
  const end = events.findIndex(({ event }) => event.kind === 'finished');
  const finished = events[end]?.event;
  if (finished?.kind !== 'finished' || finished.state !== 'success') return false;
  draft.runs += 1;
  const opening = openingOf(events);
  const startedAt = new Map<string, number>();
  let opened: number | undefined;
  let closed: number | undefined;
  let disturbedAt = Number.POSITIVE_INFINITY;
  let entries = 0;
  for (const { atMs, event } of events.slice(0, end)) {
    if (event.kind === 'started') {
      if (event.attempt === 1) startedAt.set(event.step, atMs);
      if (servingDuring(event.step) === 'nobody') opened ??= atMs;
    } else if (event.kind === 'done') {
      const began = startedAt.get(event.step);
      if (servingDuring(event.step) === 'nobody') closed = atMs;
      const name = event.step === 'open-target' ? opening : event.step;
      if (began !== undefined && event.adopted !== true) addStep(draft, name, (atMs - began) / 1000);
      addPass(draft, event.output);
      if (event.step === 'final-pass') entries = entriesOf(event.output);
    } else if (event.kind === 'interrupted') {
      startedAt.delete(event.step);
      if (opened !== undefined) disturbedAt = Math.min(disturbedAt, atMs);
    } else if (stands.has(event.kind) && opened !== undefined) {
      disturbedAt = Math.min(disturbedAt, atMs);
    }
  }
  if (opened !== undefined && closed !== undefined && disturbedAt > closed) {
    const seconds = (closed - opened) / 1000;
    draft.windows.push(seconds);
    if (entries > 0) draft.copyWindows.push({ entries, seconds });
  }
  return true;
}

/** What makes a run stand still for reasons that are not its steps'. */
const stands: ReadonlySet<string> = new Set(['paused', 'claimed', 'asked', 'failed', 'resolved']);

function addStep({ steps }: Draft, path: string, seconds: number): void {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/-\d+$/, '');
  const samples = steps.get(name);
  if (samples === undefined) steps.set(name, [seconds]);
  else samples.push(seconds);
}

/** The point of no return is the switch of the first address, or else of the first name: it takes as long as those do. */
function openingOf([first]: readonly StoredEvent[]): string {
  const input: unknown = first?.event.kind === 'created' ? first.event.input : undefined;
  const has = (name: string): boolean => {
    const list: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, name) : undefined;
    return Array.isArray(list) && list.length > 0;
  };
  if (has('floatingIps')) return 'switch-address';
  return has('names') ? 'switch-name' : 'open-target';
}

/** What steps that copy give back: `PassDone`, or `Rehearsed` where nothing was sent. */
function addPass(draft: Draft, output: unknown): void {
  if (typeof output !== 'object' || output === null) return;
  const count = (name: string): number => {
    const value: unknown = Reflect.get(output, name);
    return typeof value === 'number' && value > 0 ? value : 0;
  };
  const [scanSeconds, entries] = [count('scanSeconds'), count('entries')];
  if (scanSeconds > 0 && entries >= manyEntries) draft.scanFile.push(scanSeconds / entries);
  const [sent, seconds] = [count('changedBytes'), count('seconds')];
  if (sent >= gigabyte && seconds > 0) draft.bandwidth.push(sent / seconds);
}

/** What a file cost on disks that were made of snapshots, or on all others. */
function scansOf(histories: readonly History[], isLazy: boolean): readonly number[] {
  return histories.flatMap(({ graph, scanFile }) =>
    (graph === 'snapshot-clone') === isLazy ? scanFile : [],
  );
}

/** How many files a pass looked at; 0 where it does not say. */
function entriesOf(output: unknown): number {
  if (typeof output !== 'object' || output === null) return 0;
  const entries: unknown = Reflect.get(output, 'entries');
  return typeof entries === 'number' ? entries : 0;
}

/** Windows of copies of about as many files, where there are enough of them. */
export function seenCopies(
  windows: readonly CopyWindow[] | undefined,
  files: number,
  least: number = 5,
): Spread | undefined {
  const alike = (windows ?? []).filter(({ entries }) => entries >= 0.8 * files && entries <= 1.25 * files);
  if (alike.length < least) return undefined;
  const own = spreadOf(
    alike.map(({ seconds }) => seconds),
    '',
  );
  return {
    ...own,
    note: `n = ${alike.length} copies of as many files here, p90 ${Math.ceil(ninety(own))} s`,
  };
}

function windowsFrom(histories: readonly History[], least: number): Parameters['windows'] {
  const windows = steadyWindows.flatMap((strategy) => {
    const history = histories.find(({ graph }) => graph === strategy);
    if (history === undefined || history.windows.length < least) return [];
    const own = spreadOf(history.windows, '');
    const worst = Math.ceil(ninety(own));
    const note = `n = ${history.windows.length} runs of ${strategy} here, p90 ${worst} s`;
    return [[strategy, { ...own, note }] as const];
  });
  return Object.fromEntries(windows.filter(([strategy]) => strategyNames.includes(strategy)));
}

/** What nine of ten stay below, by the three points. */
function ninety({ likelySeconds, worstSeconds }: Spread): number {
  const share = normalQuantile(0.9) / normalQuantile(0.99);
  return likelySeconds * (worstSeconds / Math.max(likelySeconds, shortest)) ** share;
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? upper) + upper) / 2 : upper;
}

/** Student's t, by the normal quantile and three terms of its expansion: within two in a hundred from three on. */
function studentQuantile(share: number, degrees: number): number {
  const z = normalQuantile(share);
  const one = (z ** 3 + z) / 4;
  const two = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const three = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + one / degrees + two / degrees ** 2 + three / degrees ** 3;
}
