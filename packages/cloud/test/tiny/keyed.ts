import { createHash } from 'node:crypto';
import { KEY_TAG, type Tags } from '../../src/index.ts';
import type { Adapter, Task } from './task.ts';
import { Refused, type World } from './world.ts';

/** Creates that can be repeated: looked for by key, then sent with a token, then looked for again where it is needed. */
export interface Keyed<R> {
  readonly kind: 'copy' | 'instance' | 'snapshot' | 'snapshot-copy' | 'address' | 'reservation' | 'volume';
  readonly operation: string;
  readonly key: string;
  readonly spec: unknown;
  /** What is alive and can be seen. */
  readonly all: () => readonly R[];
  /** Makes it, with these tags; never called twice with one token while its first is alive. */
  readonly make: (tags: Tags) => R;
}

interface Tagged {
  readonly id: string;
  readonly tags: Tags;
}

const specTag = 'tiny:spec';

export async function createKeyed<R extends Tagged>(
  adapter: Adapter,
  task: Task,
  keyed: Keyed<R>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { flawed } = task;
  if (flawed('races with itself')) return await create(task, keyed);
  const end = await adapter.turns.take(keyed.key, signal);
  if (end === undefined) return await new Promise(() => undefined);
  return await create(task, keyed).finally(end);
}

async function create<R extends Tagged>(task: Task, keyed: Keyed<R>): Promise<string> {
  const { flawed, world } = task;
  const { kind } = keyed;
  const makesAnew =
    flawed('makes a new one for every call') ||
    (kind !== 'volume' && flawed(`makes a new ${kind} for every call`));
  const print = createHash('sha256').update(JSON.stringify(keyed.spec)).digest('hex').slice(0, 16);
  const tags = {
    [KEY_TAG]: flawed('forgets the key') ? 'none' : keyed.key,
    [specTag]: print,
  };
  let sure = false;
  for (let tries = 0, generation = 0; ; tries += 1) {
    const looks = !makesAnew && !flawed('believes any quota');
    const found = looks ? await find(task, keyed, sure) : undefined;
    if (found !== undefined) {
      if (found.tags[specTag] === print || flawed('takes any spec under a used key')) return found.id;
      if (flawed('makes another one when the spec differs')) return keyed.make(tags).id;
      throw new Refused('idempotency-mismatch', `${found.id} was made of another spec.`, found.id);
    }
    const hasTokens = !flawed('sends no token') && !flawed('races with itself') && !makesAnew;
    const token = hasTokens ? `${keyed.kind}/${keyed.key}/${generation}` : undefined;
    try {
      return await task.ask(keyed.operation, () => {
        const id = replayed(world, token, keyed) ?? keyed.make(tags).id;
        if (token !== undefined) world.tokens.set(token, id);
        return id;
      });
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const isBurned = thrown.kind === 'idempotency-mismatch';
      if (isBurned && generation < 5 && !flawed('uses a spent token again')) {
        generation += 1;
        continue;
      }
      if (thrown.kind === 'quota' && !flawed('believes any quota')) {
        const mine = await find(task, keyed, true);
        if (mine !== undefined) return mine.id;
      }
      if (flawed('tries again where nothing is left') && thrown.kind === 'out-of-stock' && tries < 3)
        continue;
      if (!thrown.isLost || tries >= 3) throw thrown;
      if (flawed('repeats what was lost')) return await task.ask(keyed.operation, () => keyed.make(tags).id);
      if (flawed('denies what was lost')) throw thrown;
      sure = true;
    }
  }
}

function replayed<R extends Tagged>(
  world: World,
  token: string | undefined,
  keyed: Keyed<R>,
): string | undefined {
  const id = token === undefined ? undefined : world.tokens.get(token);
  if (id === undefined || keyed.all().some((one) => one.id === id)) return id;
  throw new Refused('idempotency-mismatch', 'The token is spent.');
}

/** What carries the key; two of them are nobody's to choose from. */
export async function find<R extends Tagged>(
  task: Task,
  { key, all }: Pick<Keyed<R>, 'key' | 'all'>,
  sure: boolean,
): Promise<R | undefined> {
  const looks = sure ? 4 : 1;
  let found: R | undefined;
  for (let look = 1; look <= looks && found === undefined; look += 1) {
    if (look > 1) await task.pause(300);
    const mine = (await task.ask('all.list', all)).filter((one) => one.tags[KEY_TAG] === key);
    const [first, second] = mine;
    if (first !== undefined && second !== undefined && !task.flawed('takes the first of two')) {
      throw new Refused('idempotency-mismatch', `${key} is carried by ${first.id} and ${second.id}.`);
    }
    found = first;
  }
  return found;
}

/** The tags that a caller gets to see. */
export function shown({ [specTag]: _, ...tags }: Tags): Tags {
  return tags;
}
