// A process that can die, played within one: everything that it says to its journal, to clouds, servers and the house
// goes through here and is counted, and at one of these moments it falls silent for good. What it has sent by then
// arrives; what it would have said afterwards does not, and no answer reaches it.

import type { Journal } from '@belay/runner';
import type { VirtualClock } from '@belay/sim';
import { type Result, ResultAsync } from 'neverthrow';

/** A moment at which a process can die. */
export interface Point {
  /** A write of its journal, or a call of a step. */
  readonly of: 'write' | 'call';
  /** For people: `append done copy, before`. */
  readonly says: string;
}

export interface Life {
  readonly points: readonly Point[];
  readonly isDead: boolean;
  /** Settles when it has died. */
  readonly died: Promise<'died'>;
  journal(journal: Journal): Journal;
  /** The same service, heard through this life. */
  service<T extends object>(name: string, service: T): T;
}

export interface LifeOptions {
  readonly clock: VirtualClock;
  /** The number of the moment at which it dies, from 1 on; never where absent. */
  readonly at?: number | undefined;
  /** It does not die there but sleeps for so long: it goes on as if nothing had been. */
  readonly asleepMs?: number | undefined;
  /** Called when it dies. */
  readonly onDeath: () => void;
}

const writes: ReadonlySet<string> = new Set(['create', 'append', 'claim', 'takeKeys', 'request', 'answer']);
/** What is on its way when the sender dies has reached the other side by then. */
const arrivalMs = 500;

export function lifeOf({ clock, at, asleepMs, onDeath }: LifeOptions): Life {
  const points: Point[] = [];
  const gone = new AbortController();
  const { promise: died, resolve } = Promise.withResolvers<'died'>();
  const { promise: awake, resolve: wake } = Promise.withResolvers<undefined>();
  let isDead = false;

  /** Passes a moment; true where it was the last one. */
  const pass = (of: Point['of'], says: string): boolean => {
    if (isDead) return true;
    points.push({ of, says });
    if (points.length !== at) return false;
    isDead = true;
    onDeath();
    if (asleepMs === undefined) clock.after(arrivalMs, () => gone.abort());
    else
      clock.after(asleepMs, () => {
        isDead = false;
        wake(undefined);
      });
    resolve('died');
    return true;
  };
  /** Lets a call out and its answer in, unless this was its last moment; a sleeper gets them when it is awake. */
  const heard = (of: Point['of'], says: string, ask: () => unknown): unknown =>
    pass(of, `${says}, before`) ? onceAwake(() => send(of, says, ask)) : send(of, says, ask);
  const send = (of: Point['of'], says: string, ask: () => unknown): unknown => {
    const answer = ask();
    if (!(answer instanceof ResultAsync)) return answer;
    if (of === 'call') pass(of, `${says}, on its way`);
    return new ResultAsync(
      (async () => {
        const result = await answer;
        if (pass(of, `${says}, after`)) await awake;
        return result;
      })(),
    );
  };
  const onceAwake = (work: () => unknown): ResultAsync<unknown, unknown> =>
    new ResultAsync(awake.then(async () => (await work()) as Result<unknown, unknown>));
  /** Every function of it, and of what it has, heard. */
  const through = <T extends object>(name: string, target: T): T =>
    new Proxy(target, {
      get(own, key) {
        const value: unknown = Reflect.get(own, key, own);
        const says = `${name}.${String(key)}`;
        if (typeof value === 'function') {
          return (...request: unknown[]) =>
            heard('call', says, () => Reflect.apply(value, own, withSignal(request, gone.signal)));
        }
        return isPart(key, value) ? through(says, value) : value;
      },
    });

  return {
    points,
    died,
    get isDead() {
      return isDead;
    },
    journal: (journal) =>
      new Proxy(journal, {
        get(own, key) {
          const value: unknown = Reflect.get(own, key, own);
          if (typeof value !== 'function') return value;
          return (...request: unknown[]) => {
            const ask = (): unknown => Reflect.apply(value, own, request);
            if (isDead) return onceAwake(ask);
            return writes.has(String(key))
              ? heard('write', `${String(key)} ${wordsOf(request[0])}`, ask)
              : ask();
          };
        },
      }),
    service(name, service) {
      // A registry gives parts of the world for the asking: those are heard, and not the asking.
      if (!('get' in service && 'has' in service)) return through(name, service);
      return new Proxy(service, {
        get(own, key) {
          const value: unknown = Reflect.get(own, key, own);
          if (key !== 'get' || typeof value !== 'function') return value;
          return (ref: unknown) => through(name, Reflect.apply(value, own, [ref]) as object);
        },
      });
    },
  };
}

function isPart(key: string | symbol, value: unknown): value is object {
  return key !== 'at' && key !== 'traits' && typeof value === 'object' && value !== null;
}

/** With its process, its waiting ends too. */
function withSignal(request: readonly unknown[], gone: AbortSignal): readonly unknown[] {
  const call = request.at(-1);
  if (typeof call !== 'object' || call === null || !('signal' in call)) return request;
  const signal = call.signal instanceof AbortSignal ? AbortSignal.any([call.signal, gone]) : gone;
  return [...request.slice(0, -1), { ...call, signal }];
}

function wordsOf(request: unknown): string {
  const events = [request].flat().flatMap((each) => {
    const batch = each as { readonly events?: readonly Readonly<Record<string, unknown>>[] } | undefined;
    return batch?.events ?? [];
  });
  return events
    .map(({ kind, step, scope, hold }) => [kind, step ?? scope ?? hold].join(' ').trim())
    .join(' · ');
}
