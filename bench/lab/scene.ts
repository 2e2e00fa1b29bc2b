// One scene: clients order and somebody asks all servers whether they serve, while something goes on; at its end what is
// on the disk is compared with what was confirmed. Moves, failures and recoveries are measured here, all the same way.

import { join } from 'node:path';
import { type Clouds, formatRef, type Hosts, type Ref, systemClock } from '@belay/cloud';
import { type Outcome, openRunner, type Runner, type StoredEvent, sqliteJournal } from '@belay/runner';
import { timed } from './busy.ts';
import { type Clients, clients } from './clients.ts';
import { expectOk, pause } from './expect.ts';
import { type Kept, kept } from './orders.ts';
import type { Stage } from './stage.ts';
import { type AnyGraph, graphOf } from './steps.ts';
import { type Watcher, watcher } from './watcher.ts';
import { type Times, timesOf } from './window.ts';

export interface Scene {
  readonly visitors: Clients;
  /** Carries a run out, once for each id. */
  carryOut(id: string, run: Run, graphs: readonly AnyGraph[]): Promise<Ran>;
  /** A person has mended what failed, and lets the run try it again. */
  tryAgain(id: string, run: Run, graphs: readonly AnyGraph[]): Promise<Outcome<unknown>['state']>;
  /** Who has the address or the name now, and serves; `undefined` where nobody does. */
  serving(): Promise<Ref | undefined>;
  /** Clients and watcher go, and the disk is looked at. */
  end(): Promise<Seen>;
}

/** Which graph is run with which input, under which keys. */
export interface Run {
  readonly graph: string;
  readonly input: unknown;
  readonly keys: readonly string[];
}

/** What became of a run. */
export interface Ran {
  readonly state: Outcome<unknown>['state'];
  readonly events: readonly StoredEvent[];
  readonly times: Times;
  /** So long of the window neither cloud nor host was at work. */
  readonly overheadMs: number;
}

/** What was seen from outside, and on the disk. */
export interface Seen {
  readonly server: Ref | undefined;
  readonly longestGapMs: number;
  /** All the time in which clients noticed that nobody served. */
  readonly outageMs: number;
  readonly acknowledged: number;
  readonly kept: Kept | undefined;
  readonly filesIntact: boolean;
  /** So often the watcher saw two servers answer, and so often it asked one. */
  readonly twoServed: number;
  readonly watched: number;
}

/** How long clients order before anything goes on, and after it has ended. */
const aroundMs = 500;

export async function openScene(stage: Stage, name: string): Promise<Scene> {
  const visitors = clients(stage.finder, name.replaceAll(/[^\w-]/g, '-').slice(-40));
  const watching: Watcher = watcher(stage.clouds);
  await pause(aroundMs);
  const sinceMs = Date.now();
  const serving = (): Promise<Ref | undefined> => servingNow(stage);
  return {
    visitors,
    serving,
    carryOut: (id, run, graphs) => carryOut(stage, id, run, graphs),
    tryAgain: (id, run, graphs) => tryAgain(stage, id, run, graphs),
    async end() {
      await pause(aroundMs);
      const [longestGapMs, outageMs] = [visitors.longestGapSinceMs(sinceMs), visitors.outageSinceMs(sinceMs)];
      await Promise.all([visitors.leave(), watching.leave()]);
      const server = await serving();
      const found = server && (await kept(stage.guest(server), visitors.acknowledged));
      return {
        server,
        longestGapMs,
        outageMs,
        acknowledged: visitors.acknowledged.length,
        kept: found,
        filesIntact: found?.files === stage.digest,
        twoServed: watching.twoServed(),
        watched: watching.asked(),
      };
    },
  };
}

async function carryOut(stage: Stage, id: string, run: Run, graphs: readonly AnyGraph[]): Promise<Ran> {
  const watch = timed(stage.services);
  const runner = await runnerOn(stage, graphs, watch.services);
  try {
    // The plan that the run came from has chosen graph and input together.
    const input = run.input as never;
    const outcome = expectOk(await runner.run(graphOf(graphs, run), input, { id, keys: run.keys }));
    const events: StoredEvent[] = [];
    const last = expectOk(await runner.get(id)).row.lastSeq;
    for await (const event of runner.events(id)) {
      events.push(event);
      // A stuck run has not ended: more events may come, but not by themselves.
      if (event.seq >= last) break;
    }
    const times = timesOf(events);
    const { window } = times;
    const overheadMs =
      window === undefined ? 0 : window.toMs - window.fromMs - watch.busyMs(window.fromMs, window.toMs);
    return { state: outcome.state, events, times, overheadMs };
  } finally {
    await runner.close();
  }
}

async function tryAgain(
  stage: Stage,
  id: string,
  { graph }: Run,
  graphs: readonly AnyGraph[],
): Promise<Outcome<unknown>['state']> {
  const runner = await runnerOn(stage, graphs, stage.services);
  try {
    const { stuck } = expectOk(await runner.get(id));
    for (const { step } of stuck) {
      const word = { by: 'bench', reason: `the cable under ${graph} is whole again` };
      expectOk(await runner.resolve(id, step, 'retry', word));
    }
    return expectOk(await runner.wait(id)).state;
  } finally {
    await runner.close();
  }
}

function runnerOn({ folder }: Stage, graphs: readonly AnyGraph[], services: Clouds & Hosts): Promise<Runner> {
  const journal = sqliteJournal(join(folder, 'journal.db'));
  return openRunner({ graphs, services, journal, clock: systemClock });
}

/** The server that clients are led to, where it answers. */
async function servingNow(stage: Stage): Promise<Ref | undefined> {
  const led = await stage.ledTo();
  if (led === undefined) return undefined;
  const report = await stage.services.hosts.get(led).check(stage.current().probe);
  return report.isOk() && report.value.healthy ? led : undefined;
}

export function sameServer(a: Ref | undefined, b: Ref): boolean {
  return a !== undefined && formatRef(a) === formatRef(b);
}
