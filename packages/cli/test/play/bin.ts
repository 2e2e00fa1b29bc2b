// The command as people run it, in a folder of its own, over a simulated cloud that is kept in a file: as a process of
// its own where that matters, and else in this one, which spares a busy machine most of the work. A plan is good for a quarter of an hour of simulated time, so that the speed is a compromise: slow enough that
// a busy machine gets from `plan` to `apply` in time, fast enough for a test.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@belay/cloud';
import { createSim, type ScaledClock, type Shop, type Sim, scaledClock, shopScenario } from '@belay/sim';

import { main } from '../../src/main.ts';

const bin = join(import.meta.dirname, '..', '..', 'src', 'bin.ts');
const speed = 12;

interface Ended {
  /** `undefined` where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error or output has this text. */
  until(text: string | RegExp): Promise<void>;
}

export interface House {
  readonly folder: string;
  readonly shop: Shop;
  /** In this process, and with nobody at the keyboard. */
  belay(...args: readonly string[]): Promise<Ended>;
  /** The same with a person at a terminal. */
  atTerminal(person: Person, ...args: readonly string[]): Promise<Ended>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** At a real terminal, up to the moment at which it shows this; `hangUp` closes it, as a lost connection does. */
  inTerminal(args: readonly string[], until: RegExp): Promise<{ hangUp(): void }>;
  /** Opens the world while no command has it, and closes it again. */
  inWorld<T>(work: (sim: Sim<ScaledClock>) => T | Promise<T>): Promise<T>;
  /** So much simulated time passes while no command runs. */
  later(ms: number): void;
  /** The id of the newest plan. */
  planId(): string;
}

/** Somebody at a terminal. */
interface Person {
  /** What is answered to each question, in turn; after that nothing. */
  readonly answers?: readonly string[];
  /** Presses keys: called with what has been drawn whenever that changes. */
  readonly onScreen?: (drawn: string, press: (key: string) => void) => void;
  readonly columns?: number;
}

interface HouseOptions {
  readonly backup?: boolean;
  readonly speed?: number;
  readonly planning?: Readonly<Record<string, unknown>>;
}

/** Of the test that it belongs to: tests run side by side, as they mostly wait. */
type AtEnd = (work: () => void) => void;

/** A shop on `web12`, products to grow into, and a config that names both. */
export async function openHouse(onTestFinished: AtEnd, options: HouseOptions = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'belay-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const factor = options.speed ?? speed;
  const file = join(folder, 'world.json');
  const inWorld: House['inWorld'] = async (work) => {
    const latencies = { 'snapshots.create': [500, 1000, 2000] } as const;
    const sim = createSim({ file, seed: 11, clock: scaledClock(factor), latencies });
    try {
      return await work(sim);
    } finally {
      sim.close();
    }
  };
  const shop = await inWorld(async (sim) => {
    const scene = shopScenario(sim);
    if (options.backup === false) return scene;
    const { snapshots } = sim.cloud;
    const made = snapshots.create({ name: 'nightly', volumeId: scene.dataVolumeId }, { key: 'nightly' });
    (await made.andThen(({ id }) => snapshots.untilReady(id)))._unsafeUnwrap();
    return scene;
  });
  const parts = JSON.stringify(configOf(shop, factor, options.planning), null, 2);
  writeFileSync(join(folder, 'belay.config.json'), parts);
  const start: House['start'] = (args, env = {}) => startBin(folder, args, env, onTestFinished);
  return {
    folder,
    shop,
    start,
    inWorld,
    inTerminal: async (args, until) => await inTerminal(folder, args, until, onTestFinished),
    belay: async (...args) => await called(folder, args),
    atTerminal: async (person, ...args) => await called(folder, args, person),
    later(ms) {
      const world = JSON.parse(readFileSync(file, 'utf8'));
      world.anchor.simulatedMs += ms;
      writeFileSync(file, JSON.stringify(world));
    },
    planId() {
      const plans = readdirSync(join(folder, 'belay.db.plans')).filter((name) =>
        /^p-[0-9a-f]+\.json$/.test(name),
      );
      const read = (name: string): string =>
        JSON.parse(readFileSync(join(folder, 'belay.db.plans', name), 'utf8')).createdAt;
      const newest = plans.sort((a, b) => read(a).localeCompare(read(b))).at(-1);
      if (newest === undefined) throw new Error('there is no plan');
      return newest.slice(0, -'.json'.length);
    },
  };
}

/** The same with a plan, and the plan's id. */
export async function plannedHouse(
  onTestFinished: AtEnd,
  { words = [], ...options }: HouseOptions & { readonly words?: readonly string[] } = {},
): Promise<{ readonly house: House; readonly id: string }> {
  const house = await openHouse(onTestFinished, options);
  await house.belay('plan', 'web12', '--to', 'eagle-4xl', ...words);
  return { house, id: house.planId() };
}

async function called(folder: string, args: readonly string[], person?: Person): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const answers = [...(person?.answers ?? [])];
  const listeners = new Set<(key: string) => void>();
  const draw = (text: string): void => {
    stderr += text;
    person?.onScreen?.(stderr, (key) => listeners.forEach((listener) => listener(key)));
  };
  const isTty = person !== undefined;
  const columns = person?.columns ?? 100;
  const code = await main(args, {
    folder,
    version: 'test',
    user: 'ada',
    clock: systemClock,
    signal: new AbortController().signal,
    env: () => undefined,
    // What outlives this process is tried with one that is real.
    launch: () => ({ pid: undefined, ended: Promise.resolve(1) }),
    out: {
      data: (line) => {
        stdout += `${line}\n`;
      },
      say: (line) => draw(`${line}\n`),
      draw,
    },
    terminal: { columns, colour: false, isTty },
    page: { columns, colour: false, isTty: false },
    keyboard: {
      isThere: isTty,
      ask: async (question) => {
        draw(question);
        return answers.shift();
      },
      keys: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  });
  return { code, stdout, stderr };
}

function configOf(shop: Shop, factor: number, planning: Readonly<Record<string, unknown>> = {}): object {
  const product = (instanceType: string): object => ({
    at: shop.at,
    zones: [shop.zone],
    instanceType,
    imageId: shop.imageId,
    diskType: shop.diskType,
    sizeGiB: shop.dataSizeGiB,
    carries: { filesystems: ['ext4'], databases: { mysql: '8.0.44' } },
  });
  return {
    clouds: { toy: { kind: 'sim', file: 'world.json', speed: factor } },
    planning: { budgetSeconds: 300, ...planning },
    catalogue: {
      products: {
        'eagle-2xl': product('eagle-2xl'),
        'eagle-4xl': product('eagle-4xl'),
        none: product('raven'),
      },
    },
    workloads: [
      {
        name: 'web12',
        product: 'eagle-2xl',
        instance: { ...shop.at, id: shop.instanceId },
        volumeId: shop.dataVolumeId,
        mountPoint: shop.mountPoint,
        filesystemUuid: shop.filesystemUuid,
        floatingIps: [shop.floatingIpId],
        names: [],
        services: shop.services,
        probe: { name: shop.name },
        rootDisk: 'can-be-made-again',
      },
    ],
  };
}

/** `script` of util-linux is the terminal: when it dies, the kernel hangs up on whoever runs in it. */
async function inTerminal(
  folder: string,
  args: readonly string[],
  until: RegExp,
  onTestFinished: AtEnd,
): Promise<{ hangUp(): void }> {
  const line = [process.execPath, '--conditions=@belay/source', bin, ...args].map((word) => `'${word}'`);
  const child = spawn('script', ['--quiet', '--command', `exec ${line.join(' ')}`, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', BELAY_USER: 'ada', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let drawn = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      drawn += bytes.toString('utf8');
      if (until.test(drawn)) resolve();
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`the terminal never showed ${until}: ${drawn}`)));
  });
  return { hangUp: () => void child.kill('SIGKILL') };
}

function startBin(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onTestFinished: AtEnd,
): Running {
  const child = spawn(process.execPath, ['--conditions=@belay/source', bin, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', BELAY_USER: 'ada', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const hear = (): void => listeners.forEach((listener) => listener());
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString('utf8');
    hear();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString('utf8');
    hear();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? undefined, stdout, stderr }));
  });
  return {
    child,
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const all = `${stdout}${stderr}`;
          if (typeof text === 'string' ? !all.includes(text) : !text.test(all)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then((end) =>
          reject(new Error(`it ended with ${end.code} and never said ${text}: ${end.stderr}`)),
        );
      }),
  };
}
