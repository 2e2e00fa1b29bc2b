// The guards that stand inside a run: what turns between the plan and its gate ends the run, by the guard's name.

import type { Cloud, Host, Instance, StorageVolume, TimerState } from '@belay/cloud';
import {
  type BackupReport,
  defaultLimits,
  explain,
  type Facts,
  firstRunsOf,
  type GatePassed,
  guards,
  observe,
  type Plan,
  type PlanOptions,
  plan,
  planner,
  type ReleaseRequest,
  releaseOf,
  restingOf,
  type SwapInput,
  type Target,
} from '@belay/planner';
import { memoryJournal, openRunner, type Runner, shapeOf, toMermaid } from '@belay/runner';
import { err, okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { factNames } from '../src/facts.ts';
import { factsWith, now, options, target as target1 } from './example.ts';
import { eventsOf, good, openScene, type Scene, type SceneOptions, sourceAsBefore } from './shop.ts';
import { type Turn, turningWorld } from './turning.ts';

type Strategy = 'volume-swap' | 'snapshot-clone' | 'rsync' | 'resize-in-place';

interface Play {
  readonly strategy?: Strategy;
  readonly scene?: SceneOptions;
  readonly turn: (scene: Scene) => Turn;
  /** When it turns: as soon as the gate asks what time it is, or when the target's services are to start. */
  readonly at?: 'window' | 'cut-over';
  readonly accept?: PlanOptions['accept'];
  readonly target?: Partial<Target>;
  readonly backups?: () => BackupReport;
  readonly before?: (scene: Scene) => Promise<unknown>;
}

const signed = { by: 'ada', reason: 'a test' };

async function play({ strategy = 'volume-swap', at = 'window', ...about }: Play) {
  const scene = await openScene(about.scene ?? {});
  await about.before?.(scene);
  const { sim, until } = scene;
  const backups = about.backups === undefined ? undefined : { newest: () => okAsync(about.backups?.()) };
  const target = { ...scene.target, ...about.target };
  const looked = await until(observe(scene.workload, target, sim, { clock: sim.clock, backups }));
  const facts: Facts = good(looked);
  const made = plan(facts, target, { now: scene.now(), strategy, accept: about.accept });
  const before = sourceAsBefore(scene);
  const world = turningWorld(scene, about.turn(scene));
  const runner = await openRunner({
    graphs: planner.graphs,
    services: {
      ...world,
      ...(backups !== undefined && { backups }),
      hosts: at === 'window' ? world.hosts : turnsAtStart(world.hosts, world.turn),
      clock: {
        ...sim.clock,
        now: () => {
          if (at === 'window') world.turn();
          return sim.clock.now();
        },
      },
    },
    journal: memoryJournal(),
    clock: sim.clock,
  });
  const run = planner.runOf(made, { now: scene.now() });
  if (run.isErr()) throw new Error(`${run.error.message}\n${explain(made)}`);
  const outcome = good(await until(planner.start(runner, run.value, { id: 'move' })));
  const events = await eventsOf(scene, runner, 'move');
  return { scene, made, outcome, events, before, runner };
}

function turnsAtStart(hosts: Scene['sim']['hosts'], turn: () => void): Scene['sim']['hosts'] {
  return {
    ...hosts,
    get(at) {
      const host = hosts.get(at);
      return {
        ...host,
        services: {
          ...host.services,
          start(names, call) {
            turn();
            return host.services.start(names, call);
          },
        },
        copy(spec, call) {
          if (spec.pass === 'final') turn();
          return hosts.get(at).copy(spec, call);
        },
      };
    },
  };
}

async function stopped(guard: string, about: Play): Promise<void> {
  const { scene, outcome, events, before } = await play(about);
  if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
  expect(outcome.cause.message).toMatch(new RegExp(`^NO-GO.*\\b${guard} \\((G|B)\\d+\\): `));
  const gate = about.at === 'cut-over' ? 'gate-cut-over' : 'gate-window';
  const failed = events.flatMap(({ event }) => (event.kind === 'failed' ? [event.step] : []));
  expect(failed).toContain(gate);
  const started = events.flatMap(({ event }) => (event.kind === 'started' ? [event.step] : []));
  expect(started.includes('stop-services')).toBe(about.at === 'cut-over');
  expect(started).not.toContain('switch-address');
  expect(started).not.toContain('open-target');
  expect(sourceAsBefore(scene)).toEqual(before);
  expect(scene.sim.world.readFile(scene.shop.dataVolumeId, 'db/orders')).toBe('order 1\norder 2\norder 3\n');
}

/** The same answer with something else in it. */
function otherwise<T extends object>(was: T, about: Partial<T>): T {
  return { ...was, ...about };
}

const unhealthy = { healthy: false, detail: '502' };

describe('a fact that turns between the plan and the window stops the run while the source serves', () => {
  test('source-serves: the source has stopped answering', () =>
    stopped('source-serves', { turn: () => ({ source: () => ({ check: () => okAsync(unhealthy) }) }) }));

  test('fresh-backup: the backup is no longer listed', () =>
    stopped('fresh-backup', {
      turn: () => ({
        cloud: () => ({
          snapshots: {
            list: async function* () {
              // Nothing is listed any more.
            },
          },
        }),
      }),
    }));

  test('whole-backup: the backup turns out to lack something', async () => {
    let lacks: readonly string[] = [];
    const report = (scene: Scene): BackupReport => ({
      id: 'restic-7',
      kind: 'restic',
      state: 'ready',
      dataAt: scene.now(),
      restoredAt: scene.now(),
      lacks,
    });
    let scene: Scene | undefined;
    await stopped('whole-backup', {
      before: async (opened) => {
        scene = opened;
      },
      backups: () => report(scene!),
      turn: () => {
        lacks = ['/etc/letsencrypt'];
        return {};
      },
    });
  });

  test('allowed: a right has been taken away, for the way out or the way back', () =>
    stopped('allowed', {
      turn: () => ({
        cloud: ({ permissions }: Cloud) => ({
          permissions: {
            check: (calls: Parameters<Cloud['permissions']['check']>[0]) =>
              permissions
                .check(calls)
                .map((all) =>
                  all.map((each) =>
                    each.verb === 'volumes.attach' ? { ...each, allowed: 'no' as const } : each,
                  ),
                ),
          },
        }),
      }),
    }));

  test('volume-outlives-source: somebody has the volume die with its server', () =>
    stopped('volume-outlives-source', {
      turn: () => ({
        cloud: ({ instances }: Cloud) => ({
          instances: {
            get: (id: string) =>
              instances.get(id).map((server: Instance) =>
                otherwise(server, {
                  volumes: server.volumes.map((volume) => ({ ...volume, deleteOnTermination: true })),
                }),
              ),
          },
        }),
      }),
    }));

  test('right-disk: another disk is under the mount point', () =>
    stopped('right-disk', {
      turn: () => ({
        source: (host: Host) => ({
          observe: () =>
            host
              .observe()
              .map((seen) =>
                otherwise(seen, { mounts: seen.mounts.map((mount) => ({ ...mount, diskSerial: 'other' })) }),
              ),
        }),
      }),
    }));

  test('route: the address leads elsewhere', () =>
    stopped('route', {
      turn: () => ({
        cloud: ({ floatingIps }: Cloud) => ({
          floatingIps: {
            get: (id: string) =>
              floatingIps.get(id).map((address) => otherwise(address, { instanceId: 'i-other' })),
          },
        }),
      }),
    }));

  test('target-booted: the target can no longer be reached', () =>
    stopped('target-booted', {
      turn: () => ({
        target: () => ({ observe: () => err({ kind: 'unreachable', message: 'no route', applied: 'no' }) }),
      }),
    }));

  test('nothing-in-the-way: something is mounted on the target where the data will be', () =>
    stopped('nothing-in-the-way', {
      turn: ({ shop }) => ({
        target: (host: Host) => ({
          observe: () =>
            host.observe().map((seen) =>
              otherwise(seen, {
                mounts: [
                  ...seen.mounts,
                  { mountPoint: shop.mountPoint, filesystemUuid: 'stranger', filesystemType: 'ext4' },
                ],
              }),
            ),
        }),
      }),
    }));

  test('facts-still-true: the fact that has moved is named, with what it was and what it is', async () => {
    const { outcome } = await play({
      turn: () => ({
        cloud: ({ volumes }: Cloud) => ({
          volumes: {
            get: (id: string) =>
              volumes.get(id).map((disk: StorageVolume) => otherwise(disk, { sizeGiB: 7 })),
          },
        }),
      }),
    });
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'facts-still-true' } });
    expect(JSON.stringify(outcome)).toMatch(/volume: was [^;]*\b1000 GiB[^;]*, is [^;]*\b7 GiB/);
  });

  test('quiet-hour: somebody has begun to write', () =>
    stopped('quiet-hour', { turn: ({ shop }) => ({ source: () => exporting(shop.mountPoint) }) }));

  test('quiet-hour: a timer is about to begin', () =>
    stopped('quiet-hour', {
      turn: (scene) => ({ source: () => ({ timers: { list: () => okAsync([soon(scene)]) } }) }),
    }));

  test('snapshot-in-time: the snapshot is not ready any more', () =>
    stopped('snapshot-in-time', {
      strategy: 'snapshot-clone',
      turn: () => ({
        cloud: ({ snapshots }: Cloud) => ({
          snapshots: {
            get: (id: string) => snapshots.get(id).map((each) => otherwise(each, { state: 'creating' })),
          },
        }),
      }),
    }));

  test('asked-before-the-stop: somebody has stopped a service already', () =>
    stopped('asked-before-the-stop', {
      turn: () => ({
        source: (host: Host) => ({
          observe: () =>
            host.observe().map((seen) =>
              otherwise(seen, {
                services: seen.services.map((service) => ({ ...service, state: 'inactive' as const })),
              }),
            ),
        }),
      }),
    }));

  const resize: Omit<Play, 'turn'> = {
    strategy: 'resize-in-place',
    target: { carries: { filesystems: ['ext4'], instanceTypes: ['eagle-2xl', 'eagle-4xl'] } },
    before: ({ sim, shop, until }) =>
      until(
        sim.cloud.reservations.create(
          { instanceType: 'eagle-4xl', zone: shop.zone, count: 1 },
          { key: 'reserve' },
        ),
      ),
  };

  test('capacity-kept: the reservation is gone', () =>
    stopped('capacity-kept', {
      ...resize,
      turn: () => ({
        cloud: () => ({
          reservations: {
            list: async function* () {
              // None is held any more.
            },
          },
        }),
      }),
    }));

  test('capacity-proven: the new type is no longer to be had', () =>
    stopped('capacity-proven', {
      ...resize,
      turn: () => ({
        cloud: ({ instances }: Cloud) => ({
          instances: {
            offer: (type: string, zone: string) =>
              instances.offer(type, zone).map((offer) => otherwise(offer, { creatable: 'no' })),
          },
        }),
      }),
    }));
});

describe('a fact that turns in the window takes everything back before the world is led to the target', () => {
  const writer = (scene: Scene): Turn => ({ source: () => exporting(scene.shop.mountPoint) });

  test('nobody-writes: somebody writes to the source', () =>
    stopped('nobody-writes', { strategy: 'rsync', at: 'cut-over', turn: writer }));

  test('nobody-writes: a timer may begin to', () =>
    stopped('nobody-writes', {
      strategy: 'rsync',
      at: 'cut-over',
      turn: (scene) => ({ source: () => ({ timers: { list: () => okAsync([soon(scene)]) } }) }),
    }));

  test('databases-quiet: a file of a database is open', () =>
    stopped('databases-quiet', {
      strategy: 'rsync',
      at: 'cut-over',
      turn: ({ shop }) => ({
        source: (host: Host) => ({
          mounts: {
            holders: () =>
              host.probe({ sampleMs: 0 }).map(({ databases }) =>
                (databases.known ? databases.value : []).map(({ path }) => ({
                  mountPoint: shop.mountPoint,
                  path: `${path}/ibdata1`,
                  processId: 7,
                  command: 'mysqld',
                  forWrite: true,
                })),
              ),
          },
        }),
      }),
    }));

  test('whole-pass: a file has vanished under the final pass', () =>
    stopped('whole-pass', {
      strategy: 'rsync',
      at: 'cut-over',
      turn: () => ({
        target: (host: Host) => ({
          copy: (...args: Parameters<Host['copy']>) =>
            host.copy(...args).map((report) => otherwise(report, { vanishedFiles: 1 })),
        }),
      }),
    }));

  test('source-fenced: a service of the source may start again', () =>
    stopped('source-fenced', {
      at: 'cut-over',
      turn: () => ({
        source: (host: Host) => ({
          services: {
            list: () => host.services.list().map((all) => all.map((each) => ({ ...each, masked: false }))),
          },
        }),
      }),
    }));

  test('source-fenced: the cloud still shows the disk on the source', () =>
    stopped('source-fenced', {
      at: 'cut-over',
      turn: ({ shop }) => ({
        cloud: ({ volumes }: Cloud) => ({
          volumes: {
            get: (id: string) =>
              volumes.get(id).map((disk) =>
                otherwise(disk, {
                  attachments: disk.attachments.flatMap((each) => [
                    each,
                    { ...each, instanceId: shop.instanceId },
                  ]),
                }),
              ),
          },
        }),
      }),
    }));

  test('target-answers: what does not answer by its future name is not led to', async () => {
    const { scene, outcome, events, before } = await play({
      at: 'cut-over',
      turn: () => ({ target: () => ({ check: () => okAsync(unhealthy) }) }),
    });
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind: 'not-serving' } });
    expect(JSON.stringify(events)).not.toContain('"switch-address"');
    expect(sourceAsBefore(scene)).toEqual(before);
  });

  test('a fence that nobody can see counts as none', async () => {
    const { scene, outcome, before } = await play({
      at: 'cut-over',
      turn: () => ({
        source: () => ({
          services: { list: () => err({ kind: 'unreachable', message: 'no route', applied: 'no' }) },
        }),
      }),
    });
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind: 'not-known' } });
    expect(sourceAsBefore(scene)).toEqual(before);
  });
});

describe('gates', () => {
  const noTurn = { turn: () => ({}) };

  for (const strategy of ['volume-swap', 'snapshot-clone', 'rsync'] as const) {
    test(`let a ${strategy} pass where nothing has turned, and write down what each guard said`, async () => {
      const { outcome, events, made } = await play({ strategy, ...noTurn });
      if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
      for (const [step, phase] of [
        ['gate-window', 'window'],
        ['gate-cut-over', 'cut-over'],
      ] as const) {
        const [done] = events.flatMap(({ event }) =>
          event.kind === 'done' && event.step === step ? [event.output] : [],
        );
        const names = (done as unknown as GatePassed).guards.map(({ name }) => name);
        expect(names).toEqual(
          made.guardsToCome.filter((guard) => guard.phase === phase).map(({ name }) => name),
        );
      }
    });
  }

  test('let pass what somebody has taken the risk of for this plan, and say who', async () => {
    const accept = [{ guard: 'quiet-hour', ...signed }];
    const { outcome, events } = await play({
      accept,
      turn: ({ shop }) => ({ source: () => exporting(shop.mountPoint) }),
    });
    expect(outcome.state).toBe('success');
    expect(JSON.stringify(events)).toContain('"decision":"RISK ACCEPTED"');
    expect(JSON.stringify(events)).toContain('"by":"ada"');
  });

  test('stand in the plan: in its steps with their guards, its input, its digest, its estimate and its picture', () => {
    const made: Plan = plan(factsWith(), target1, options());
    const steps = made.steps.filter(({ step }) => step.startsWith('gate-'));
    expect(steps.map(({ step, serving }) => [step, serving])).toEqual([
      ['gate-window', 'source'],
      ['gate-cut-over', 'nobody'],
    ]);
    expect(steps[0]?.guards).toContain('facts-still-true');
    expect(steps[1]?.guards).toEqual(['nobody-writes', 'source-fenced', 'target-answers']);
    expect(steps.every(({ estimateSeconds }) => estimateSeconds !== undefined)).toBe(true);
    const accepted = plan(factsWith(), target1, options({ accept: [{ guard: 'quiet-hour', ...signed }] }));
    expect(accepted.digest).not.toBe(made.digest);
    expect(explain(made, { facts: true })).toMatch(/gate-cut-over: nobody serves[\s\S]*asks nobody-writes/);
    const input = made.run?.input as SwapInput;
    expect(toMermaid(shapeOf(planner.volumeSwap, input)._unsafeUnwrap())).toContain('may the window open?');
  });

  test('say when the gate belongs to a backup that this process cannot ask about', async () => {
    const scene = await openScene();
    const { sim, until } = scene;
    const report: BackupReport = { id: 'b', kind: 'restic', state: 'ready', dataAt: scene.now(), lacks: [] };
    const backups = { newest: () => okAsync(report) };
    const facts = good(
      await until(observe(scene.workload, scene.target, sim, { clock: sim.clock, backups })),
    );
    const made = plan(facts, scene.target, { now: scene.now() });
    const runner = await scene.runner();
    const run = planner.runOf(made, { now: scene.now() })._unsafeUnwrap();
    const outcome = good(await until(planner.start(runner, run, { id: 'move' })));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind: 'not-known' } });
    expect(JSON.stringify(outcome)).toContain('services.backups is missing');
  });
});

/** From when to when a monitoring has asked, by the soak's beginning and by what time it is. */
type Watching = 'nobody' | ((from: string, now: string) => { from: string; to: string } | undefined);

function ago(time: string, minutes: number): string {
  return new Date(Date.parse(time) - minutes * 60_000).toISOString();
}

test('a plan that rests on somebody who asks at the address is not begun by a process that has nobody', async () => {
  const scene = await openScene();
  const { sim, until } = scene;
  const workload = { ...scene.workload, witnessed: true };
  const facts = good(await until(observe(workload, scene.target, sim, { clock: sim.clock })));
  const run = planner.runOf(plan(facts, scene.target, { now: scene.now() }), { now: scene.now() });
  const runner = await scene.runner();
  const outcome = good(await until(planner.start(runner, run._unsafeUnwrap(), { id: 'move' })));
  expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'service-given' } });
  expect(JSON.stringify(outcome)).toContain('services.routeWitness is missing');
  expect(sim.world.whoServes(scene.shop.name).instanceId).toBe(scene.shop.instanceId);
});

describe('the gate of a release', () => {
  /** The shop after a planned swap, whose soak ends a day later. */
  async function soaking(about: { readonly accept?: PlanOptions['accept']; readonly watch?: Watching } = {}) {
    const scene = await openScene();
    const { sim, until } = scene;
    let unwell = false;
    let seen = { goodProbes: 1440, badProbes: 0 };
    const hosts: Scene['sim']['hosts'] = {
      ...sim.hosts,
      get: (at) => ({
        ...sim.hosts.get(at),
        check: (probe, call) => (unwell ? okAsync(unhealthy) : sim.hosts.get(at).check(probe, call)),
      }),
    };
    const whole: Watching = (from, to) => ({ from, to });
    const { watch = whole } = about;
    const watched = () => (watch === 'nobody' ? undefined : watch(succeededAt, scene.now()));
    const soaks = { of: () => okAsync({ ...seen, watched: watched() }) };
    const services = {
      clouds: sim.clouds,
      hosts,
      clock: sim.clock,
      ...(about.watch !== 'nobody' && { soaks }),
      releases: firstRunsOf(() => runner),
    };
    const runner: Runner = await openRunner({
      graphs: planner.graphs,
      services,
      journal: memoryJournal(),
      clock: sim.clock,
    });
    const made = plan(await scene.facts(), scene.target, { now: scene.now(), accept: about.accept });
    const run = made.run;
    if (run?.graph !== 'volume-swap') throw new Error(explain(made));
    const moved = good(
      await until(runner.run(planner.volumeSwap, run.input, { id: 'swap', keys: run.keys })),
    );
    if (moved.state !== 'success') throw new Error(JSON.stringify(moved));
    const succeededAt = scene.now();
    await sim.clock.advance(86_400_000);
    const release = async ({ id = 'release', ...more }: Partial<ReleaseRequest> & { id?: string } = {}) => {
      const request = { firstRunId: 'swap', move: run.input, target: moved.output.target, ...signed };
      const input = releaseOf({ ...request, succeededAt, soakSeconds: 86_400, now: scene.now(), ...more });
      return good(await until(runner.run(planner.releaseSource, good(input), { id })));
    };
    const rests = () => ({
      source: sim.world.state().instances[scene.shop.instanceId]?.state,
      served: sim.world.whoServes(scene.shop.name).instanceId === moved.output.target.id,
    });
    return {
      release,
      rests,
      fallIll: () => (unwell = true),
      remember: (record: typeof seen) => {
        seen = record;
      },
    };
  }

  test('lets a source go whose soak is over and whose successor has answered all the while', async () => {
    const { release, rests } = await soaking();
    expect(await release()).toMatchObject({ state: 'success' });
    expect(rests()).toEqual({ source: 'gone', served: true });
  });

  const thinly: readonly (readonly [string, Watching, RegExp])[] = [
    ['nobody has watched', 'nobody', /nobody tells of a watch all through the soak: 3 probes/],
    ['whose monitoring does not say since when', () => undefined, /nobody tells of a watch/],
    [
      'that was watched on its last hour only',
      (_, to) => ({ from: ago(to, 60), to }),
      /watched from .* only/,
    ],
    ['whose monitoring fell silent', (from, now) => ({ from, to: ago(now, 60) }), /watched from .* only/],
  ];
  for (const [what, watch, why] of thinly) {
    test(`soak-watched: a soak ${what} keeps the source, unless somebody takes that risk by its name`, async () => {
      const { release, rests } = await soaking({ watch });
      const refused = await release();
      expect(refused.state).toBe('reverted');
      expect(JSON.stringify(refused)).toContain('soak-watched');
      expect(JSON.stringify(refused)).toMatch(why);
      expect(rests()).toEqual({ source: 'running', served: true });
      const accept = [{ guard: 'soak-watched', ...signed }];
      // It is no word for a soak that is not over.
      const early = await release({
        id: 'early',
        accept,
        soakSeconds: 88_000,
        now: '2099-01-01T00:00:00.000Z',
      });
      expect(early).toMatchObject({ state: 'reverted', cause: { guard: 'soaked' } });
      expect(await release({ id: 'released', accept })).toMatchObject({ state: 'success' });
    });
  }

  test('soaked: a soak that is not over by the clock of the run keeps the source', async () => {
    const { release, rests } = await soaking();
    // Whoever asked had a clock that was an hour ahead.
    const outcome = await release({ soakSeconds: 88_000, now: '2099-01-01T00:00:00.000Z' });
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'soaked' } });
    expect(rests()).toEqual({ source: 'running', served: true });
  });

  test('soaked: a red probe in the soak keeps the source', async () => {
    const { release, rests, remember } = await soaking();
    remember({ goodProbes: 1439, badProbes: 1 });
    expect(await release()).toMatchObject({ state: 'reverted', cause: { guard: 'soaked' } });
    expect(rests()).toEqual({ source: 'running', served: true });
  });

  test('soaked: whoever takes the risk by its name may release sooner', async () => {
    const { release, rests } = await soaking();
    const outcome = await release({ soakSeconds: 88_000, accept: [{ guard: 'soaked', ...signed }] });
    expect(outcome).toMatchObject({ state: 'success' });
    expect(rests()).toEqual({ source: 'gone', served: true });
  });

  test('a target that does not answer now is no successor', async () => {
    const { release, rests, fallIll } = await soaking();
    fallIll();
    expect(await release()).toMatchObject({ state: 'reverted', cause: { kind: 'not-serving' } });
    expect(rests()).toEqual({ source: 'running', served: true });
  });
});

test('every guard names the facts that it looks at, and looks at no others', () => {
  const facts = factsWith();
  const made = plan(facts, target1, options());
  for (const guard of guards) {
    const seen = new Set<string>();
    const watched = new Proxy(facts, {
      get: (all, name) => {
        if (factNames.some((fact) => fact === name)) seen.add(String(name));
        return Reflect.get(all, name);
      },
    });
    for (const assessment of made.candidates.filter(({ strategy }) => guard.before.includes(strategy))) {
      const zones = ['r1-a'];
      const limits = defaultLimits;
      const sight = { facts: watched };
      const watch = { facts: watched, target: target1, assessment, all: [], zones, now, limits, sight };
      guard.test({ ...watch, at: guard.phases[0] ?? 'plan', rests: restingOf(facts), fixes: [] });
    }
    const strangers = [...seen].filter((name) => !guard.needs.some((fact) => fact === name));
    expect([guard.name, strangers]).toEqual([guard.name, []]);
  }
});

function exporting(mountPoint: string) {
  const file = {
    mountPoint,
    path: `${mountPoint}/export.csv`,
    processId: 7,
    command: 'export',
    forWrite: true,
  };
  return { mounts: { holders: () => okAsync([file]) } };
}

function soon(scene: Scene): TimerState {
  const nextAt = new Date(scene.sim.clock.now() + 20_000).toISOString();
  return { name: 'report.timer', kind: 'timer', state: 'active', masked: false, nextAt };
}
